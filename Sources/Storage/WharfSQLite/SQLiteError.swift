// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// This target's error: SQLite's result code and text, told apart by what a caller can do about it.

import GRDB
public import WharfError

/// A statement, a transaction or an open that failed.
public struct SQLiteError: Error, Sendable, CustomStringConvertible {
    /// What the caller can act on.
    public enum Kind: Sendable, Equatable {
        /// A UNIQUE or PRIMARY KEY constraint; `columns` as SQLite names them: `rows.kind, rows.name`.
        case notUnique(columns: String)
        case full
        /// The file is not a database, or its pages are damaged.
        case corrupt
        /// A newer version of the program wrote the file; its data is fine.
        case newerSchema
        case busy
        case other
    }
    public let kind: Kind
    /// SQLite's extended result code.
    public let code: Int32
    /// SQLite's text. Never the statement's arguments.
    public let message: String

    public init(_ kind: Kind, code: Int32, message: String) {
        self.kind = kind
        self.code = code
        self.message = message
    }

    public var description: String { "sqlite \(code): \(message)" }

    init(_ error: DatabaseError) {
        let message = error.message ?? "\(error.resultCode)"
        let kind: Kind
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
            let prefix = "UNIQUE constraint failed: "
            kind = .notUnique(columns: message.utf8.starts(with: prefix.utf8) ? String(message.dropFirst(prefix.count)) : message)
        default:
            switch error.resultCode {
            case .SQLITE_FULL: kind = .full
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: kind = .corrupt
            case .SQLITE_BUSY, .SQLITE_LOCKED: kind = .busy
            default: kind = .other
            }
        }
        self.init(kind, code: error.extendedResultCode.rawValue, message: message)
    }

    /// Runs GRDB code and lets only this target's error, and the caller's own errors, out.
    static func translating<Result>(_ body: () throws -> Result) throws -> Result {
        do { return try body() } catch let error as DatabaseError { throw SQLiteError(error) }
    }
}

extension WharfError {
    /// Converts at a noun's boundary: `what` names the operation and object.
    public init(_ what: String, _ error: SQLiteError) {
        let code: Code =
            switch error.kind {
            case .notUnique: .alreadyExists
            case .full: .outOfDisk
            case .corrupt: .dataLoss
            case .busy, .newerSchema: .unavailable
            case .other: .internal
            }
        self.init(code, "\(what): \(error.message)", cause: error)
    }
}
