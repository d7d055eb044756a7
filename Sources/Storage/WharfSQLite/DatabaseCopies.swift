// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A database that can't be read must not keep the daemon down: it is renamed (never deleted), the newest good copy takes
// its place, and the running containers, which know themselves, are found by their shims. The copies are written hourly.
//
//   <root>/wharf.db                              the living file (with -wal and -shm)
//   <root>/wharf.db.copies/<unix seconds>        consistent copies, the newest few
//   <root>/wharf.db.unreadable-<unix seconds>    what could not be read, with its -wal

import Glibc
public import WharfLinux

/// A database that was opened, and how.
public struct OpenedDatabase: Sendable {
    public let database: Database
    /// Set when the living file could not be used.
    public let recovery: DatabaseRecovery?
    /// There was no file: either the root is new, or what it knew is lost.
    public let isNew: Bool
}

/// What opening found instead of a good file.
public struct DatabaseRecovery: Sendable {
    /// Where the unreadable file lies now; nil when it was missing.
    public let setAside: HostPath?
    /// Why it could not be read.
    public let reason: String
    /// The copy that was opened in its place, and its age in seconds; nil when there was none and an empty one was made.
    public let copy: (path: HostPath, age: Int64)?
}

/// The copies of one database file.
public struct DatabaseCopies: Sendable {
    private let path: HostPath
    private let folder: HostPath
    private let keep: Int

    /// - Parameters:
    ///   - path: the living file.
    ///   - keep: how many copies stay.
    public init(of path: HostPath, keep: Int = 3) {
        self.path = path
        self.keep = keep
        folder = HostPath(path.pathBytes + Array(".copies".utf8))
    }

    /// Opens the database; an unreadable one is renamed and the newest readable copy opened, else an empty one. One that is
    /// missing while there are copies is replaced by the newest, too.
    ///
    /// - Throws: `SQLiteError` when it is not damage that keeps the file closed (disk full, a newer schema), `SyscallError`
    ///   when files can't be moved.
    public func open(migrations: [Database.Migration]) throws -> OpenedDatabase {
        if try !path.exists() {
            let copies = try copies()
            if copies.isEmpty {
                return OpenedDatabase(database: try Database.open(path.description, migrations: migrations), recovery: nil, isNew: true)
            }
            // A -wal without its file belongs to nothing, and must not be taken for the copy's.
            try removeLiving()
            return try recover(copies, nil, "it is missing", migrations)
        }
        do {
            return OpenedDatabase(database: try Database.open(path.description, migrations: migrations), recovery: nil, isNew: false)
        } catch let error as SQLiteError where error.kind == .corrupt {
            let aside = try setAside()
            return try recover(try copies(), aside, error.message, migrations)
        }
    }

    private func recover(
        _ copies: [Int64], _ aside: HostPath?, _ reason: String, _ migrations: [Database.Migration]
    ) throws -> OpenedDatabase {
        for copy in copies.reversed() {
            let candidate = folder / String(copy)
            // A copy that can't be restored or opened is passed over for an older one.
            guard (try? restore(candidate)) != nil else { continue }
            if let database = try? Database.open(path.description, migrations: migrations) {
                let recovery = DatabaseRecovery(setAside: aside, reason: reason, copy: (candidate, Self.now() - copy))
                return OpenedDatabase(database: database, recovery: recovery, isNew: false)
            }
            // This copy is damaged too: the next older one.
            try removeLiving()
        }
        let database = try Database.open(path.description, migrations: migrations)
        return OpenedDatabase(database: database, recovery: DatabaseRecovery(setAside: aside, reason: reason, copy: nil), isNew: true)
    }

    /// Writes a copy: complete and on disk under its name, or not there at all. Older ones beyond `keep` go.
    public func write(_ database: Database) throws {
        try folder.mkdir(permissions: 0o700, parents: false)
        let temporary = folder / "new"
        // What a daemon left that died while copying.
        try temporary.unlink()
        try database.copy(to: temporary.description)
        try temporary.open(.read).sync()
        try temporary.rename(to: folder / String(Self.now()))
        try folder.openDirectory().sync()
        for old in try copies().dropLast(keep) { try (folder / String(old)).unlink() }
    }

    /// The times of the copies, oldest first.
    private func copies() throws(SyscallError) -> [Int64] {
        guard try folder.exists() else { return [] }
        return try folder.entries().compactMap { Int64(String(decoding: $0.name, as: UTF8.self)) }.sorted()
    }

    private func setAside() throws(SyscallError) -> HostPath {
        let aside = HostPath(path.pathBytes + Array(".unreadable-\(Self.now())".utf8))
        // The -wal belongs to the file: it may hold what a person can still rescue.
        for suffix in ["-wal", "-shm", ""] {
            let part = HostPath(path.pathBytes + Array(suffix.utf8))
            if try part.exists() { try part.rename(to: HostPath(aside.pathBytes + Array(suffix.utf8))) }
        }
        try path.parent.openDirectory().sync()
        return aside
    }

    private func restore(_ copy: HostPath) throws {
        let temporary = HostPath(path.pathBytes + Array(".restoring".utf8))
        try temporary.unlink()
        let target = try temporary.open([.write, .create, .exclusive], permissions: 0o600)
        // Rows are small and few: a database of a gigabyte is not one of ours.
        try target.writeAll(try copy.read(limit: 1 << 30))
        try target.sync()
        try temporary.rename(to: path)
    }

    private func removeLiving() throws(SyscallError) {
        for suffix in ["", "-wal", "-shm"] { try HostPath(path.pathBytes + Array(suffix.utf8)).unlink() }
    }

    private static func now() -> Int64 { Int64(time(nil)) }
}
