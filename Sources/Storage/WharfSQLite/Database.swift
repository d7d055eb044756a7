// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one door to SQLite: opening, durability, migrations, checks and copies. WAL, one writer, a few readers that see a
// consistent state without waiting for the writer. Synchronous: callers in the daemon wrap it in `Blocking`.

import GRDB
import WharfLinux

/// An open database file.
public final class Database: Sendable {
    private let pool: DatabasePool
    /// The file's path.
    public let path: String

    /// One step of the schema. Steps are applied once, in order, each in a transaction; published ones never change.
    public struct Migration: Sendable {
        let name: String
        let apply: @Sendable (Connection) throws -> Void

        /// - Parameter name: unique, kept in the database: `1 rows`.
        public init(_ name: String, _ apply: @escaping @Sendable (Connection) throws -> Void) {
            self.name = name
            self.apply = apply
        }
    }

    private init(pool: DatabasePool, path: String) {
        self.pool = pool
        self.path = path
    }

    /// Opens or makes the file, checks it and brings its schema up to date.
    ///
    /// - Throws: `SQLiteError`; `.corrupt` when the file is no database or is damaged (quick_check), `.newerSchema` when it
    ///   has a step that `migrations` doesn't know.
    public static func open(_ path: String, migrations: [Migration] = []) throws -> Database {
        try SQLiteError.translating {
            var configuration = Configuration()
            configuration.label = "wharf.sqlite"
            configuration.maximumReaderCount = 4
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON")
            }
            // Ours alone from the first byte: environments of containers are in there. The -wal and -shm take over the mode.
            try HostPath(path).open([.readWrite, .create], permissions: 0o600).close()
            let database = Database(pool: try DatabasePool(path: path, configuration: configuration), path: path)
            try database.quickCheck()
            try database.migrate(migrations)
            return database
        }
    }

    /// Runs a transaction that reads and writes; it is committed when `body` returns and rolled back when it throws.
    ///
    /// - Parameter durable: whether the commit is on disk when this returns. GRDB sets `synchronous` to NORMAL when it
    ///   opens a WAL file, and SQLite ignores the pragma inside a transaction: so it is set here, before BEGIN, each time.
    ///   A commit that is not durable survives the daemon's death, and never leaves half a transaction after a power cut.
    /// - Throws: `SQLiteError`, or what the body throws.
    public func write<Result>(durable: Bool, _ body: (Connection) throws -> Result) throws -> Result {
        try SQLiteError.translating {
            try pool.writeWithoutTransaction { database in
                try database.execute(sql: durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL")
                var result: Result?
                try database.inTransaction(.immediate) {
                    result = try body(Connection(database: database))
                    return .commit
                }
                guard let result else { throw SQLiteError(.other, code: 0, message: "the transaction gave no result") }
                return result
            }
        }
    }

    /// Runs queries on a consistent state. - Throws: `SQLiteError`, or what the body throws.
    public func read<Result>(_ body: (Connection) throws -> Result) throws -> Result {
        try SQLiteError.translating { try pool.read { try body(Connection(database: $0)) } }
    }

    /// Moves everything from the -wal into the file and closes it. Later calls throw.
    public func close() throws {
        try SQLiteError.translating {
            // GRDB closes the writer first, and the readers that are left may not write: so this is done by hand. A reader
            // that is at work keeps some of the -wal; the next open takes it from there.
            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
            try pool.close()
        }
    }

    /// Reads the whole file for damage, about 1 s per GB. - Throws: `.corrupt` with SQLite's first finding.
    public func quickCheck() throws {
        let finding = try read { try $0.row("PRAGMA quick_check(1)")?.text(0) }
        guard finding == "ok" else { throw SQLiteError(.corrupt, code: 11, message: finding ?? "quick_check gave no answer") }
    }

    /// Writes a consistent copy to a file that must not exist, without holding up the writer for longer than one page run.
    public func copy(to path: String) throws {
        try SQLiteError.translating {
            try pool.writeWithoutTransaction { try $0.execute(sql: "VACUUM INTO ?", arguments: [path]) }
        }
    }

    /// A number that grows with every commit, to see whether a new copy is worth its cost.
    public func changeCounter() -> Int64 {
        pool.writeWithoutTransaction { Int64($0.totalChangesCount) }
    }

    private func migrate(_ migrations: [Migration]) throws {
        let known = Set(migrations.map(\.name))
        let applied = try write(durable: true) { connection in
            try connection.execute("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) WITHOUT ROWID")
            return Set(try connection.rows("SELECT name FROM migrations").compactMap { $0.text(0) })
        }
        if let newer = applied.subtracting(known).sorted().first {
            throw SQLiteError(.newerSchema, code: 0, message: "the database was written by a newer version (schema step '\(newer)')")
        }
        for migration in migrations where !applied.contains(migration.name) {
            try write(durable: true) { connection in
                try migration.apply(connection)
                try connection.execute("INSERT INTO migrations (name) VALUES (?)", .text(migration.name))
            }
        }
    }
}
