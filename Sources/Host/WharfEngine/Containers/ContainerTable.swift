// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// All containers as the engine sees them now: records, names, who waits. The immutable view behind list and inspect:
// readers copy values out under a short lock and can never wait for a verb. Changes of state go through `transition`,
// so the machine, the view and the waiters can't disagree.

import Synchronization
import WharfBlocking
import WharfDockerAPI
import WharfError

/// The view. Holds no descriptors and does no I/O.
final class ContainerTable: Sendable {
    private struct Entry {
        var record: ContainerRecord
        /// Rises with each change; what was persisted last is remembered beside it.
        var revision: UInt64 = 0
        var persisted: UInt64 = 0
        var waiters: [UInt64: Waiter] = [:]
    }

    private struct Waiter {
        var condition: WaitCondition
        var shot: OneShot<ContainerWaitResponse>
    }

    private struct Tables {
        var entries: [String: Entry] = [:]
        /// Names in use or reserved by a create that is under way, to ids.
        var names: [String: String] = [:]
        var nextTicket: UInt64 = 0
    }

    private let tables = Mutex(Tables())

    // MARK: Looking

    /// - Returns: the value now; it does not change afterwards.
    func record(_ id: String) -> ContainerRecord? { tables.withLock { $0.entries[id]?.record } }

    /// Whether the id is a container's, or of one that is being made.
    func isKnown(_ id: String) -> Bool { tables.withLock { $0.entries[id] != nil || $0.names.values.contains(id) } }

    /// All records, newest first.
    func all() -> [ContainerRecord] {
        tables.withLock { $0.entries.values.map(\.record) }.sorted { ($1.created, $1.id.utf8First) < ($0.created, $0.id.utf8First) }
    }

    /// Finds by id, then by name, then by a beginning of an id that only one has.
    ///
    /// - Throws: `notFound` with Docker's text, `invalidArgument` when a beginning fits several.
    func resolve(_ reference: String) throws(WharfError) -> ContainerRecord {
        guard !reference.isEmpty else { throw WharfError(.invalidArgument, "invalid name or ID supplied: \"\"") }
        let name = reference.utf8.first == UInt8(ascii: "/") ? String(reference.dropFirst()) : reference
        let found: Result<ContainerRecord?, WharfError> = tables.withLock { tables in
            if let entry = tables.entries[reference] { return .success(entry.record) }
            if let id = tables.names[name], let entry = tables.entries[id] { return .success(entry.record) }
            guard ContainerID.isPrefix(reference) else { return .success(nil) }
            let fits = tables.entries.values.filter { $0.record.id.utf8.starts(with: reference.utf8) }
            guard fits.count < 2 else {
                return .failure(WharfError(.invalidArgument, "multiple IDs found with provided prefix: \(reference)"))
            }
            return .success(fits.first?.record)
        }
        guard let record = try found.get() else { throw WharfError(.notFound, "No such container: \(reference)") }
        return record
    }

    // MARK: Names

    /// Takes a name for `id`, or makes one up.
    ///
    /// - Throws: `conflict` with Docker's text when somebody has it.
    func reserve(name: String?, for id: String) throws(WharfError) -> String {
        let outcome: Result<String, WharfError> = tables.withLock { tables in
            if let name {
                if let holder = tables.names[name], holder != id {
                    return .failure(Self.nameConflict(name, holder: holder))
                }
                tables.names[name] = id
                return .success(name)
            }
            for attempt in 0..<16 {
                let made = ContainerName.generate(attempt: attempt)
                if tables.names[made] == nil {
                    tables.names[made] = id
                    return .success(made)
                }
            }
            let short = ContainerID.short(id)
            tables.names[short] = id
            return .success(short)
        }
        return try outcome.get()
    }

    /// Gives a name back, if `id` still has it.
    func release(name: String, of id: String) {
        tables.withLock { if $0.names[name] == id { $0.names[name] = nil } }
    }

    static func nameConflict(_ name: String, holder: String) -> WharfError {
        WharfError(
            .conflict,
            "Conflict. The container name \"/\(name)\" is already in use by container \"\(holder)\". "
                + "You have to remove (or rename) that container to be able to reuse that name.")
    }

    // MARK: Changing

    /// Adds a container that is persisted already.
    func insert(_ record: ContainerRecord) {
        tables.withLock { tables in
            tables.entries[record.id] = Entry(record: record)
            tables.names[record.name] = record.id
        }
    }

    /// Lets an event happen to a container.
    ///
    /// - Returns: the record behind it and what must follow; nil when there is no such container.
    func transition(_ id: String, _ event: ContainerEvent) -> (record: ContainerRecord, actions: [ContainerAction])? {
        tables.withLock { tables in
            guard var entry = tables.entries[id] else { return nil }
            var lifecycle = ContainerLifecycle(entry.record)
            let actions = lifecycle.handle(event)
            entry.record.state = lifecycle.state
            entry.record.restartCount = lifecycle.restarts.count
            entry.record.restartDelay = lifecycle.restarts.delay
            entry.revision += 1
            tables.entries[id] = entry
            return (entry.record, actions)
        }
    }

    /// Changes anything but the state.
    @discardableResult
    func update(_ id: String, _ change: (inout ContainerRecord) -> Void) -> ContainerRecord? {
        tables.withLock { tables in
            guard var entry = tables.entries[id] else { return nil }
            let state = entry.record.state
            change(&entry.record)
            entry.record.state = state
            entry.revision += 1
            tables.entries[id] = entry
            return entry.record
        }
    }

    /// The record to write, or nil when nothing changed since it was written.
    func pending(_ id: String) -> (record: ContainerRecord, revision: UInt64)? {
        tables.withLock { tables in
            guard let entry = tables.entries[id], entry.persisted < entry.revision else { return nil }
            return (entry.record, entry.revision)
        }
    }

    func markPersisted(_ id: String, revision: UInt64) {
        tables.withLock { tables in
            guard let known = tables.entries[id]?.persisted, known < revision else { return }
            tables.entries[id]?.persisted = revision
        }
    }

    /// Takes a container out; its waiters get the last exit code, whatever they waited for.
    func remove(_ id: String) {
        let removed = tables.withLock { tables -> Entry? in
            guard let entry = tables.entries.removeValue(forKey: id) else { return nil }
            if tables.names[entry.record.name] == id { tables.names[entry.record.name] = nil }
            return entry
        }
        guard let removed else { return }
        let result = ContainerWaitResponse(exitCode: removed.record.state.exitCode, error: "")
        for waiter in removed.waiters.values { waiter.shot.deliver(.success(result)) }
    }

    // MARK: Waiting

    /// Registers who waits, or answers at once: atomic with the state, so that no exit falls in between.
    func wait(_ id: String, _ condition: WaitCondition) -> WaitHandle? {
        tables.withLock { tables in
            guard let entry = tables.entries[id] else { return nil }
            let shot = OneShot<ContainerWaitResponse>()
            if condition == .notRunning, !entry.record.state.isActive {
                shot.deliver(.success(.init(exitCode: entry.record.state.exitCode, error: "")))
                return WaitHandle(shot: shot) {}
            }
            tables.nextTicket += 1
            let ticket = tables.nextTicket
            tables.entries[id]?.waiters[ticket] = Waiter(condition: condition, shot: shot)
            return WaitHandle(shot: shot) { [self] in
                self.tables.withLock { $0.entries[id]?.waiters[ticket] = nil }
            }
        }
    }

    /// Wakes those whose condition is met.
    func settle(_ id: String, _ result: ContainerWaitResponse, where isMet: (WaitCondition) -> Bool) {
        let woken = tables.withLock { tables -> [Waiter] in
            guard let entry = tables.entries[id] else { return [] }
            let woken = entry.waiters.filter { isMet($0.value.condition) }
            for ticket in woken.keys { tables.entries[id]?.waiters[ticket] = nil }
            return Array(woken.values)
        }
        for waiter in woken { waiter.shot.deliver(.success(result)) }
    }

    /// How many wait, for tests and diagnostics.
    func waiterCount(_ id: String) -> Int { tables.withLock { $0.entries[id]?.waiters.count ?? 0 } }
}

extension String {
    /// A value that orders ids of equal age the same way each time.
    fileprivate var utf8First: UInt64 {
        utf8.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
