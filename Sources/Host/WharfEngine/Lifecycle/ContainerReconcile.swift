// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is looked after every minute: what no row owns is removed, what a row says and is not so is put right. Each container
// is looked at in the queue of its verbs, and only when nobody stands there; what is busy now is looked at next time.

import Logging
import WharfBlocking
import WharfError
import WharfMetadata

/// What a round of the reconciler did.
public struct ReconcileReport: Sendable, Equatable {
    /// Containers that the row called running and that were not.
    public var ended = 0
    /// Removals that had failed and are done now.
    public var removed = 0
    /// Directories, root file systems, bundles and sockets without an owner.
    public var leftovers = 0

    public init() {}
}

extension Containers {
    /// One round. Never throws: what can't be done now is tried again in a minute.
    @discardableResult
    public func reconcile() async -> ReconcileReport {
        var report = ReconcileReport()
        for record in table.all() {
            switch record.state {
            case .running where runs.task(record.id) == nil: report.ended += await whenIdle(record.id) { await self.endLost(record.id) }
            case .dead: report.removed += await whenIdle(record.id) { await self.removeAgain(record.id) }
            case .created, .running, .restarting, .exited, .removing: break
            }
        }
        report.leftovers = await removeStrays()
        await expireExplanations()
        if report != ReconcileReport() {
            log.info(
                "reconciled",
                metadata: ["ended": "\(report.ended)", "removed": "\(report.removed)", "leftovers": "\(report.leftovers)"])
        }
        return report
    }

    /// Runs `body` in the container's queue if that is empty. - Returns: 1 when the body did something.
    private func whenIdle(_ id: String, _ body: @escaping @Sendable () async -> Bool) async -> Int {
        guard !isBusy(id) else { return 0 }
        // Busy after all, which is as good a reason to come back later.
        return (try? await mutate(id, deadline: .zero) { await body() }) == true ? 1 : 0
    }

    private func endLost(_ id: String) async -> Bool {
        guard let record = table.record(id), record.state.isRunning, runs.task(id) == nil else { return false }
        log.error("a container without a shim was taken for running", metadata: ["id": "\(id)"])
        await exited(id, report(lost: nil, id))
        return true
    }

    private func removeAgain(_ id: String) async -> Bool {
        guard case .dead? = table.record(id)?.state else { return false }
        await apply(id, .removalBegan)
        do {
            try await finishRemoval(id)
            return true
        } catch {
            await apply(id, .removalFailed("cannot remove container \"\(id)\": \(error)"))
            return false
        }
    }

    // MARK: What nobody owns

    private func removeStrays() async -> Int {
        var count = 0
        // Rows that can't be read own what they own.
        guard let lost = await listed("unreadable rows", { try await self.setAsideIDs() }) else { return 0 }
        // A create makes these before its row, under a name that it has reserved.
        func isOwned(_ id: String) -> Bool { table.isKnown(id) || lost.contains(id) }
        if let roots = await listed("root file systems", { try await self.images.roots() }) {
            // Others have keys of their own, a layer that is being unpacked for one.
            for id in roots where id.utf8.count == 64 && ContainerID.isPrefix(id) && !isOwned(id) {
                count += await removed("root file system", id) { try await self.images.removeRoot(id) }
            }
        }
        if let ids = await listed("directories", { [blocking, directory] in try await blocking.own { try directory.ids() } }) {
            for id in ids where !isOwned(id) {
                count += await removed("directory", id) { [blocking, directory] in try await blocking.own { try directory.remove(id) } }
            }
        }
        for id in await tasks.leftovers() where runs.task(id) == nil && table.record(id)?.state.isRunning != true {
            count += await whenIdle(id) { [self] in
                guard runs.task(id) == nil, table.record(id)?.state.isRunning != true else { return false }
                await tasks.removeLeftovers(of: id)
                return true
            }
        }
        return count
    }

    private func listed<List>(_ what: String, _ body: () async throws -> List) async -> List? {
        do { return try await body() } catch {
            log.warning("\(what) can't be listed", metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func removed(_ what: String, _ id: String, _ body: () async throws -> Void) async -> Int {
        do {
            try await body()
            return 1
        } catch {
            log.warning("a \(what) that nobody owns can't be removed", metadata: ["id": "\(id)", "error": "\(error)"])
            return 0
        }
    }

    /// The containers whose rows can't be read.
    func setAsideIDs() async throws -> Set<String> {
        Set(try await blocking.own { [journal] in try journal.store.setAsideRows().filter { $0.kind == ContainerRecord.kind }.map(\.id) })
    }
}
