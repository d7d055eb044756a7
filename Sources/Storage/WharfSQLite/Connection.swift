// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A connection for the duration of one transaction: statements and rows, nothing else.

import GRDB

/// Runs statements inside the transaction that handed it out. Not to be kept.
public struct Connection {
    let database: GRDB.Database

    /// Runs a statement. Compiled statements are cached by their text, so pass values as arguments.
    ///
    /// - Returns: the number of rows that were changed.
    /// - Throws: `SQLiteError`.
    @discardableResult
    public func execute(_ sql: String, _ arguments: SQLValue...) throws -> Int {
        try SQLiteError.translating {
            try database.cachedStatement(sql: sql).execute(arguments: StatementArguments(arguments.map(\.databaseValue)))
            return database.changesCount
        }
    }

    /// All rows of a query, in its order. - Throws: `SQLiteError`.
    public func rows(_ sql: String, _ arguments: SQLValue...) throws -> [SQLRow] {
        try query(sql, arguments)
    }

    /// The first row of a query, nil when it has none. - Throws: `SQLiteError`.
    public func row(_ sql: String, _ arguments: SQLValue...) throws -> SQLRow? {
        try query(sql, arguments).first
    }

    /// The rowid of the last INSERT of this connection.
    public var lastInsertedRowID: Int64 { database.lastInsertedRowID }

    private func query(_ sql: String, _ arguments: [SQLValue]) throws -> [SQLRow] {
        try SQLiteError.translating {
            let statement = try database.cachedStatement(sql: sql)
            return try Row.fetchAll(statement, arguments: StatementArguments(arguments.map(\.databaseValue))).map { SQLRow($0) }
        }
    }
}
