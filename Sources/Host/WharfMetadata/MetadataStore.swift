// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// wharf.db: the journal of the host. What a success reply promises is a row here before the reply goes out. Synchronous
// and honest about it: nouns call it through `Blocking.own`.

public import Logging
import WharfJSON
public import WharfSQLite

/// The rows, holders and events of one daemon.
public final class MetadataStore: Sendable {
    let database: Database
    private let logger: Logger

    /// - Parameter database: opened with `MetadataSchema.migrations`.
    public init(_ database: Database, logger: Logger = Logger(label: "metadata")) {
        self.database = database
        self.logger = logger
    }

    /// Opens or makes the file at `path`. - Throws: `SQLiteError`.
    public convenience init(path: String, logger: Logger = Logger(label: "metadata")) throws {
        self.init(try Database.open(path, migrations: MetadataSchema.migrations), logger: logger)
    }

    /// One transaction: all of its changes, or none when `body` throws.
    ///
    /// - Parameter durable: true for what a success reply promises beyond a reboot; false for what dies with the machine.
    /// - Throws: `MetadataError`, `SQLiteError`, or what the body throws.
    public func write<Result>(durable: Bool, _ body: (MetadataTransaction) throws -> Result) throws -> Result {
        let unreadable = UnreadableRows()
        defer { setAside(unreadable.take()) }
        return try database.write(durable: durable) { try body(MetadataTransaction(connection: $0, unreadable: unreadable)) }
    }

    /// Queries on one consistent state; never waits for a writer.
    public func read<Result>(_ body: (MetadataTransaction) throws -> Result) throws -> Result {
        let unreadable = UnreadableRows()
        defer { setAside(unreadable.take()) }
        return try database.read { try body(MetadataTransaction(connection: $0, unreadable: unreadable)) }
    }

    // MARK: one-row conveniences

    /// See `MetadataTransaction.insert`.
    public func insert(_ record: some MetadataRecord, durable: Bool = true) throws {
        try write(durable: durable) { try $0.insert(record) }
    }

    /// See `MetadataTransaction.update`.
    @discardableResult
    public func update(_ record: some MetadataRecord, expecting: Int64? = nil, durable: Bool = true) throws -> Int64 {
        try write(durable: durable) { try $0.update(record, expecting: expecting) }
    }

    /// See `MetadataTransaction.delete`.
    @discardableResult
    public func delete<Record: MetadataRecord>(_ kind: Record.Type, id: String, durable: Bool = true) throws -> Bool {
        try write(durable: durable) { try $0.delete(kind, id: id) }
    }

    /// See `MetadataTransaction.get`.
    public func get<Record: MetadataRecord>(_ kind: Record.Type, id: String) throws -> Stored<Record>? {
        try read { try $0.get(kind, id: id) }
    }

    /// See `MetadataTransaction.get`.
    public func get<Record: MetadataRecord>(_ kind: Record.Type, name: String) throws -> Stored<Record>? {
        try read { try $0.get(kind, name: name) }
    }

    /// See `MetadataTransaction.list`.
    public func list<Record: MetadataRecord>(_ kind: Record.Type) throws -> [Stored<Record>] {
        try read { try $0.list(kind) }
    }

    // MARK: set aside

    /// What was set aside, newest first, for `info` and for the log at start.
    public func setAsideRows() throws -> [SetAsideRow] {
        try database.read { connection in
            try connection.rows("SELECT kind, id, reason, time FROM set_aside ORDER BY number DESC LIMIT 1000").map { row in
                SetAsideRow(
                    kind: row.text(0) ?? "", id: row.text(1) ?? "", reason: row.text(2) ?? "",
                    time: Timestamp(unixNanoseconds: row.integer(3) ?? 0))
            }
        }
    }

    private func setAside(_ rows: [UnreadableRows.Row]) {
        guard !rows.isEmpty else { return }
        do {
            for row in rows {
                let moved = try database.write(durable: true) {
                    try $0.setAside(kind: row.kind, id: row.id, reason: row.reason, time: .now())
                }
                if moved {
                    logger.error(
                        "a \(row.kind) row can't be read and was set aside", metadata: ["id": "\(row.id)", "reason": "\(row.reason)"])
                }
            }
        } catch {
            // The rows stay where they are; the next reader reports them again.
            logger.error("unreadable rows could not be set aside", metadata: ["error": "\(error)"])
        }
    }
}
