// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The folder in which both drivers keep snapshots, and the small record that makes each one real.
//
//   <root>/<n>/info     the record; a folder without one is half-made or half removed, and handed out at start to be removed
//   <root>/<n>/fs       the files: a layer's diff, or what a container changed
//   <root>/<n>/work     overlay's own place, for writable snapshots
//   <root>/empty        an empty directory, the lowest lower one where nothing else is below
//
//   info:  wharf-snapshot 1
//          kind committed
//          key sha256:5f70…
//          parent sha256:9ad6…
//
// A folder's number is never in another record and is given once while the daemon lives, so names stay short enough for
// a mount of many layers.

import Synchronization
import WharfLinux

/// The table of snapshots with its folders.
final class SnapshotFolder: Sendable {
    struct Entry: Sendable {
        var number: Int
        var kind: SnapshotKind
        var parent: String?
        /// The folder is being made or removed: the key is taken, but nobody may use it.
        var isReady: Bool
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var next = 1
        var leftovers: [HostPath] = []
    }

    let root: HostPath
    private let state: Mutex<State>

    /// Reads the records; what has none is kept for `takeLeftovers`.
    init(_ root: HostPath) throws(SnapshotError) {
        guard String(validating: root.pathBytes, as: UTF8.self) != nil, !root.pathBytes.contains(UInt8(ascii: "\n")) else {
            throw .invalidRoot(root.description)
        }
        self.root = root
        state = Mutex(State())
        try system { () throws(SyscallError) in
            try root.mkdir(permissions: 0o700)
            try (root / "empty").mkdir(permissions: 0o755)
        }
        try load()
    }

    private func load() throws(SnapshotError) {
        for item in try system({ () throws(SyscallError) in try root.entries() }) where item.name != Array("empty".utf8) {
            let folder = root / item.name
            let number = Int(String(decoding: item.name, as: UTF8.self)).flatMap { $0 > 0 ? $0 : nil }
            let record = number == nil ? nil : read(folder)
            state.withLock { state in
                // Its name is taken until it is removed.
                if let number { state.next = max(state.next, number + 1) }
                guard let number, let record, record.kind != .partial else { return state.leftovers.append(folder) }
                // Two folders of one key: a removal and a new start were cut off together. The newer one counts.
                let old = state.entries[record.key].map(\.number)
                if let old, old > number { return state.leftovers.append(folder) }
                state.entries[record.key] = Entry(number: number, kind: record.kind, parent: record.parent, isReady: true)
                if let old { state.leftovers.append(path(old)) }
            }
        }
    }

    func takeLeftovers() -> [SnapshotRemains] {
        state.withLock { state in
            defer { state.leftovers = [] }
            return state.leftovers.map(SnapshotRemains.init)
        }
    }

    private func read(_ folder: HostPath) -> SnapshotStatus? {
        // Unreadable is the same as absent: the folder is half-made.
        guard let bytes = try? (folder / "info").read(limit: 4096) else { return nil }
        return SnapshotRecord.parse(bytes)
    }

    func path(_ number: Int) -> HostPath { root / String(number) }

    func files(_ number: Int) -> HostPath { path(number) / "fs" }

    func entry(_ key: String) throws(SnapshotError) -> Entry {
        guard let entry = state.withLock({ $0.entries[key] }), entry.isReady else { throw .notFound(key) }
        return entry
    }

    func status(_ key: String) -> SnapshotStatus? {
        state.withLock { $0.entries[key] }.flatMap { $0.isReady ? SnapshotStatus(key: key, kind: $0.kind, parent: $0.parent) : nil }
    }

    func list() -> [SnapshotStatus] {
        state.withLock { $0.entries }.filter(\.value.isReady).map {
            SnapshotStatus(key: $0.key, kind: $0.value.kind, parent: $0.value.parent)
        }
    }

    /// The layer `key` and what it stands on, top first.
    func chain(_ key: String) throws(SnapshotError) -> [Entry] {
        let result: Result<[Entry], SnapshotError> = state.withLock { state in
            var chain: [Entry] = []
            var next: String? = key
            while let name = next {
                guard let entry = state.entries[name], entry.isReady, chain.count < 1000 else { return .failure(.notFound(name)) }
                guard entry.kind == .committed else { return .failure(.wrongKind(name, entry.kind)) }
                chain.append(entry)
                next = entry.parent
            }
            return .success(chain)
        }
        return try result.get()
    }

    /// Makes a folder with `fs` (and `work`), lets `fill` complete it, and makes it real.
    func make(
        _ key: String, kind: SnapshotKind, parent: String?, fill: (Entry) throws(SnapshotError) -> Void
    ) throws(SnapshotError) {
        let entry = try reserve(key, kind: kind, parent: parent)
        do {
            try system { () throws(SyscallError) in
                try path(entry.number).mkdir(permissions: 0o700, parents: false)
                try files(entry.number).mkdir(permissions: 0o755, parents: false)
                if kind == .active { try (path(entry.number) / "work").mkdir(permissions: 0o700, parents: false) }
            }
            try fill(entry)
            try write(key, entry, durable: false)
        } catch {
            // The first error is the one to tell; what stays has no record and goes at the next start.
            try? path(entry.number).removeTree()
            state.withLock { $0.entries[key] = nil }
            throw error
        }
        state.withLock { $0.entries[key]?.isReady = true }
    }

    private func reserve(
        _ key: String, kind: SnapshotKind, parent: String?, number: Int? = nil
    ) throws(SnapshotError) -> Entry {
        guard Self.isKey(key) else { throw .invalidKey(key) }
        let result: Result<Entry, SnapshotError> = state.withLock { state in
            guard state.entries[key] == nil else { return .failure(.exists(key)) }
            if let parent {
                guard let below = state.entries[parent], below.isReady else { return .failure(.notFound(parent)) }
                guard below.kind == .committed else { return .failure(.wrongKind(parent, below.kind)) }
            }
            let entry = Entry(number: number ?? state.next, kind: kind, parent: parent, isReady: false)
            if number == nil { state.next += 1 }
            state.entries[key] = entry
            return .success(entry)
        }
        return try result.get()
    }

    /// Gives a partial layer its name.
    func commit(_ key: String, as name: String, parent: String?) throws(SnapshotError) {
        let entry = try entry(key)
        guard entry.kind == .partial else { throw .wrongKind(key, entry.kind) }
        var committed = try reserve(name, kind: .committed, parent: parent, number: entry.number)
        do {
            try write(name, committed, durable: true)
        } catch {
            state.withLock { $0.entries[name] = nil }
            throw error
        }
        committed.isReady = true
        state.withLock { [committed] state in
            state.entries[key] = nil
            state.entries[name] = committed
        }
    }

    /// Takes a snapshot out of the table, then removes its record: its folder is half-made from then on.
    func detach(_ key: String) throws(SnapshotError) -> SnapshotRemains? {
        let result: Result<Entry?, SnapshotError> = state.withLock { state in
            guard let entry = state.entries[key], entry.isReady else { return .success(nil) }
            if entry.kind == .committed, let user = state.entries.first(where: { $0.value.parent == key }) {
                return .failure(.inUse(key, by: user.key))
            }
            state.entries[key] = nil
            return .success(entry)
        }
        guard let entry = try result.get() else { return nil }
        try system { () throws(SyscallError) in try (path(entry.number) / "info").unlink() }
        return SnapshotRemains(folder: path(entry.number))
    }

    private func write(_ key: String, _ entry: Entry, durable: Bool) throws(SnapshotError) {
        let record = SnapshotRecord.format(SnapshotStatus(key: key, kind: entry.kind, parent: entry.parent))
        try system { () throws(SyscallError) in
            try (path(entry.number) / "info").writeAtomically(record, permissions: 0o600, durable: durable)
            if durable { try root.openDirectory().sync() }
        }
    }

    func synchronize() throws(SnapshotError) {
        try system { () throws(SyscallError) in try root.openDirectory().syncFileSystem() }
    }

    static func isKey(_ key: String) -> Bool {
        (1...255).contains(key.utf8.count)
            && key.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: ":"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
