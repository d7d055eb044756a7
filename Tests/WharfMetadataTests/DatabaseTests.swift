// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Durability, migrations, and what happens to a database that can't be read.

import Testing
import WharfLinux
import WharfSQLite
import WharfTestKit

@Suite struct DatabaseTests {
    private let folder: TemporaryDirectory
    private var path: String { folder.path("wharf.db") }
    private let migrations: [Database.Migration] = [
        .init("1 notes") { _ = try $0.execute("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)") }
    ]

    init() throws { folder = try TemporaryDirectory("sqlite") }

    private func notes(_ database: Database) throws -> [String] {
        try database.read { try $0.rows("SELECT text FROM notes ORDER BY text").compactMap { $0.text(0) } }
    }

    private func add(_ note: String, to database: Database) throws {
        _ = try database.write(durable: true) { try $0.execute("INSERT INTO notes (text) VALUES (?)", .text(note)) }
    }

    @Test func synchronousIsSetForEachTransaction() throws {
        let database = try Database.open(path, migrations: migrations)
        let level = { (durable: Bool) in try database.write(durable: durable) { try $0.row("PRAGMA synchronous")?.integer(0) } }
        #expect(try level(true) == 2)
        #expect(try level(false) == 1)
        #expect(try level(true) == 2)
        #expect(try database.read { try $0.row("PRAGMA journal_mode")?.text(0) } == "wal")
    }

    @Test func migrationsRunOnceAndANewerSchemaIsRefused() throws {
        let more = migrations + [.init("2 more") { try $0.execute("ALTER TABLE notes ADD COLUMN more TEXT") }]
        try add("kept", to: try Database.open(path, migrations: more))
        let again = try Database.open(path, migrations: more)
        #expect(try notes(again) == ["kept"])
        let error = #expect(throws: SQLiteError.self) { try Database.open(path, migrations: migrations) }
        #expect(error?.kind == .newerSchema)
        // Such a database is not damaged: it must never be put away for an older copy.
        #expect(throws: SQLiteError.self) { try DatabaseCopies(of: HostPath(path)).open(migrations: migrations) }
        #expect(try HostPath(path).exists())
    }

    @Test func uniquenessIsATypedError() throws {
        let database = try Database.open(path, migrations: migrations)
        try add("a", to: database)
        let error = #expect(throws: SQLiteError.self) { try add("a", to: database) }
        #expect(error?.kind == .notUnique(columns: "notes.text"))
    }

    @Test func anUnreadableDatabaseIsRenamedAndTheNewestCopyOpened() throws {
        let copies = DatabaseCopies(of: HostPath(path))
        let first = try copies.open(migrations: migrations)
        #expect(first.recovery == nil && first.isNew)
        try add("in the copy", to: first.database)
        try copies.write(first.database)
        try add("lost", to: first.database)
        try first.database.close()
        let garbage = "this is no database, and long enough for a header of one hundred bytes"
        try folder.write("wharf.db", Array(garbage.utf8) + [UInt8](repeating: 7, count: 8192))

        let second = try copies.open(migrations: migrations)
        #expect(try notes(second.database) == ["in the copy"])
        let found = try #require(second.recovery)
        #expect(found.copy != nil)
        // Renamed, not deleted.
        #expect(try found.setAside?.read(limit: 1 << 20).starts(with: Array("this is no".utf8)) == true)
    }

    @Test func aMissingDatabaseIsReplacedByTheNewestCopy() throws {
        let copies = DatabaseCopies(of: HostPath(path))
        let first = try copies.open(migrations: migrations)
        try add("in the copy", to: first.database)
        try copies.write(first.database)
        try first.database.close()
        try HostPath(path).unlink()
        let second = try copies.open(migrations: migrations)
        #expect(try notes(second.database) == ["in the copy"])
        #expect(second.recovery != nil && second.recovery?.setAside == nil && !second.isNew)
        let third = try copies.open(migrations: migrations)
        #expect(third.recovery == nil && !third.isNew)
    }

    @Test func withoutACopyAnEmptyOneIsMade() throws {
        try folder.write("wharf.db", [UInt8](repeating: 9, count: 4096))
        let opened = try DatabaseCopies(of: HostPath(path)).open(migrations: migrations)
        #expect(try notes(opened.database) == [])
        #expect(opened.recovery != nil && opened.recovery?.copy == nil && opened.isNew)
    }

    @Test func onlyTheNewestCopiesStay() throws {
        let copies = DatabaseCopies(of: HostPath(path), keep: 2)
        let database = try copies.open(migrations: migrations).database
        let names = HostPath(path + ".copies")
        try names.mkdir()
        for old in ["100", "200", "300"] { try folder.write("wharf.db.copies/\(old)", []) }
        try copies.write(database)
        let left = try names.entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
        #expect(left.count == 2)
        #expect(left.contains("300"))
    }
}
