// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// News with a memory: one table, one cursor. An event is written in the transaction of the change it tells about, so
// neither can exist without the other, and a reader that went away continues where it was.

public import WharfJSON
import WharfSQLite

/// One event as it stands in the table.
public struct StoredEvent: Sendable {
    /// The cursor: rises, never given twice.
    public let revision: Int64
    public let time: Timestamp
    /// The event's JSON in the engine's own form.
    public let document: [UInt8]
}

extension MetadataTransaction {
    /// Appends an event. - Returns: its revision.
    @discardableResult
    public func appendEvent(_ event: some JSONWritable, time: Timestamp) throws -> Int64 {
        try connection.execute(
            "INSERT INTO events (time, document) VALUES (?, ?)", .integer(time.unixNanoseconds), .blob(JSON.encode(event)))
        return connection.lastInsertedRowID
    }

    /// Events behind a cursor, oldest first. - Parameter after: the last revision that the reader has seen; 0 from the start.
    public func events(after revision: Int64, limit: Int = 256) throws -> [StoredEvent] {
        try connection.rows(
            "SELECT revision, time, document FROM events WHERE revision > ? ORDER BY revision LIMIT ?", .integer(revision),
            .integer(Int64(limit))
        ).map(Self.event)
    }

    /// Events of a time span, oldest first: `docker events --since --until`. Both ends belong to it.
    public func events(since: Timestamp, until: Timestamp?, limit: Int = 4096) throws -> [StoredEvent] {
        try connection.rows(
            "SELECT revision, time, document FROM events WHERE time >= ? AND time <= ? ORDER BY revision LIMIT ?",
            .integer(since.unixNanoseconds), .integer(until?.unixNanoseconds ?? .max), .integer(Int64(limit))
        ).map(Self.event)
    }

    /// The revision of the newest event, 0 when there was never one.
    public func lastEventRevision() throws -> Int64 {
        try connection.row("SELECT seq FROM sqlite_sequence WHERE name = 'events'")?.integer(0) ?? 0
    }

    /// Drops the oldest events so that at most `keep` stay. - Returns: how many went.
    @discardableResult
    public func trimEvents(keep: Int) throws -> Int {
        let newest = try lastEventRevision()
        return try connection.execute("DELETE FROM events WHERE revision <= ?", .integer(newest - Int64(keep)))
    }

    private static func event(_ row: SQLRow) -> StoredEvent {
        StoredEvent(
            revision: row.integer(0) ?? 0, time: Timestamp(unixNanoseconds: row.integer(1) ?? 0), document: row.bytes(2) ?? [])
    }
}
