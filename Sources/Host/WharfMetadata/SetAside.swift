// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Rows that this version can't read: they leave the table of living rows so that nothing trips over them again, and stay
// whole in `set_aside`, where a person or a newer version finds them. Nothing is ever deleted for being unreadable.

import Synchronization
public import WharfJSON
import WharfSQLite

/// A row that was set aside.
public struct SetAsideRow: Sendable {
    public let kind: String
    public let id: String
    /// Why it could not be read. Never quotes the document.
    public let reason: String
    public let time: Timestamp
}

/// Collects the unreadable rows of one transaction.
final class UnreadableRows: Sendable {
    struct Row: Sendable {
        let kind: String
        let id: String
        let reason: String
    }
    private let found = Mutex<[Row]>([])

    func add(kind: String, id: String, reason: String) {
        found.withLock { $0.append(Row(kind: kind, id: id, reason: reason)) }
    }

    func take() -> [Row] {
        found.withLock { rows in
            defer { rows = [] }; return rows
        }
    }
}

extension Connection {
    /// Moves a row as it is. - Returns: false when it was gone already.
    func setAside(kind: String, id: String, reason: String, time: Timestamp) throws -> Bool {
        let copied = try execute(
            """
            INSERT INTO set_aside (kind, id, name, revision, schema, document, reason, time)
            SELECT kind, id, name, revision, schema, document, ?, ? FROM rows WHERE kind = ? AND id = ?
            """, .text(reason), .integer(time.unixNanoseconds), .text(kind), .text(id))
        try execute("DELETE FROM rows WHERE kind = ? AND id = ?", .text(kind), .text(id))
        return copied > 0
    }
}
