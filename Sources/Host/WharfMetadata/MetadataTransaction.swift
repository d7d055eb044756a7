// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What one transaction can do with rows. Holders and events are in the files beside this one; all of them together change
// or none does: "remove the image unless somebody holds it, and say so in an event" is one transaction.

import WharfJSON
import WharfSQLite

/// The open transaction of `MetadataStore.write` or `.read`. Not to be kept.
public struct MetadataTransaction {
    let connection: Connection
    /// Rows that could not be read; the store moves them to `set_aside` when the transaction is over.
    let unreadable: UnreadableRows

    // MARK: rows

    /// Adds a row with revision 1. - Throws: `MetadataError.nameTaken`, `.idTaken`; `SQLiteError`.
    public func insert<Record: MetadataRecord>(_ record: Record) throws {
        try checkName(record)
        do {
            try connection.execute(
                "INSERT INTO rows (kind, id, name, revision, schema, document) VALUES (?, ?, ?, 1, ?, ?)",
                .text(Record.kind), .text(record.id), nameValue(record), .integer(Int64(Record.schemaVersion)),
                .blob(JSON.encode(record)))
        } catch let error as SQLiteError {
            if case .notUnique = error.kind { throw MetadataError.idTaken(kind: Record.kind, id: record.id) }
            throw error
        }
    }

    /// Replaces a row, also its name.
    ///
    /// - Parameter expecting: the revision that the caller read; nil takes whatever stands there.
    /// - Returns: the new revision.
    /// - Throws: `MetadataError.notFound`, `.changed`, `.nameTaken`; `SQLiteError`.
    @discardableResult
    public func update<Record: MetadataRecord>(_ record: Record, expecting: Int64? = nil) throws -> Int64 {
        let row = try connection.row("SELECT revision FROM rows WHERE kind = ? AND id = ?", .text(Record.kind), .text(record.id))
        guard let found = row?.integer(0) else { throw MetadataError.notFound(kind: Record.kind, id: record.id) }
        if let expecting, expecting != found {
            throw MetadataError.changed(kind: Record.kind, id: record.id, expected: expecting, found: found)
        }
        try checkName(record)
        try connection.execute(
            "UPDATE rows SET name = ?, revision = ?, schema = ?, document = ? WHERE kind = ? AND id = ?",
            nameValue(record), .integer(found + 1), .integer(Int64(Record.schemaVersion)), .blob(JSON.encode(record)),
            .text(Record.kind), .text(record.id))
        return found + 1
    }

    /// Adds the row or replaces it. - Throws: `MetadataError.nameTaken`; `SQLiteError`.
    public func put<Record: MetadataRecord>(_ record: Record) throws {
        do { try update(record) } catch MetadataError.notFound { try insert(record) }
    }

    /// Removes a row. - Returns: whether it was there.
    @discardableResult
    public func delete<Record: MetadataRecord>(_ kind: Record.Type, id: String) throws -> Bool {
        try connection.execute("DELETE FROM rows WHERE kind = ? AND id = ?", .text(Record.kind), .text(id)) > 0
    }

    /// The row with this id; nil when there is none, or none that this version can read.
    public func get<Record: MetadataRecord>(_ kind: Record.Type, id: String) throws -> Stored<Record>? {
        let row = try connection.row(Self.select + " AND id = ?", .text(Record.kind), .text(id))
        return row.flatMap { decode($0) }
    }

    /// The row with this name, byte for byte.
    public func get<Record: MetadataRecord>(_ kind: Record.Type, name: String) throws -> Stored<Record>? {
        guard !name.isEmpty else { return nil }
        let row = try connection.row(Self.select + " AND name = ?", .text(Record.kind), .text(name))
        return row.flatMap { decode($0) }
    }

    /// The ids of a kind that start with `prefix`, at most `limit`: two are enough to see that it is ambiguous.
    ///
    /// - Parameter prefix: ASCII without `*`, `?`, `[`; others match nothing.
    public func ids<Record: MetadataRecord>(_ kind: Record.Type, prefix: String, limit: Int = 2) throws -> [String] {
        guard !prefix.utf8.contains(where: { $0 >= 0x80 || $0 == 0x2A || $0 == 0x3F || $0 == 0x5B }) else { return [] }
        return try connection.rows(
            "SELECT id FROM rows WHERE kind = ? AND id GLOB ? ORDER BY id LIMIT ?", .text(Record.kind), .text(prefix + "*"),
            .integer(Int64(limit))
        ).compactMap { $0.text(0) }
    }

    /// All rows of a kind that this version can read, by id.
    public func list<Record: MetadataRecord>(_ kind: Record.Type) throws -> [Stored<Record>] {
        try connection.rows(Self.select + " ORDER BY id", .text(Record.kind)).compactMap { decode($0) }
    }

    // MARK: inside

    private static let select = "SELECT id, revision, schema, document, name FROM rows WHERE kind = ?"

    private func nameValue(_ record: some MetadataRecord) -> SQLValue { record.name.isEmpty ? .null : .text(record.name) }

    private func checkName<Record: MetadataRecord>(_ record: Record) throws {
        guard !record.name.isEmpty else { return }
        let row = try connection.row("SELECT id FROM rows WHERE kind = ? AND name = ?", .text(Record.kind), .text(record.name))
        guard let other = row?.text(0), !other.utf8.elementsEqual(record.id.utf8) else { return }
        throw MetadataError.nameTaken(kind: Record.kind, name: record.name, holder: other)
    }

    private func decode<Record: MetadataRecord>(_ row: SQLRow) -> Stored<Record>? {
        let id = row.text(0) ?? ""
        do {
            guard let revision = row.integer(1), let schema = row.integer(2), var document = row.bytes(3) else {
                throw JSONError.invalid("a column has the wrong type")
            }
            guard schema <= Record.schemaVersion else { throw JSONError.invalid("written by a newer version (schema \(schema))") }
            if schema < Record.schemaVersion { document = try Record.upgrade(document, from: Int(schema)) }
            let record = try JSON.decode(Record.self, from: document)
            guard record.id.utf8.elementsEqual(id.utf8) else { throw JSONError.invalid("the document has another id") }
            return Stored(record: record, revision: revision)
        } catch {
            unreadable.add(kind: Record.kind, id: id, reason: "\(error)")
            return nil
        }
    }
}
