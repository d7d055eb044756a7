// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What goes into and comes out of a statement. GRDB's own types stop at this target's door.

import Foundation
import GRDB

/// One SQLite value.
public enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// NULL for nil.
    public static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    /// NULL for nil.
    public static func optional(_ integer: Int64?) -> SQLValue { integer.map { .integer($0) } ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
}

extension SQLValue {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let value): Data(value).databaseValue
        }
    }

    init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let integer): .integer(integer)
            case .double(let real): .real(real)
            case .string(let text): .text(text)
            case .blob(let data): .blob([UInt8](data))
            }
    }
}

/// One row of a result, by column position.
public struct SQLRow: Sendable {
    private let values: [SQLValue]

    init(_ row: Row) { values = row.databaseValues.map { SQLValue($0) } }

    /// The value of a column; `.null` beyond the last.
    public subscript(column: Int) -> SQLValue { values.indices.contains(column) ? values[column] : .null }

    /// The column as an integer, nil for NULL and other types.
    public func integer(_ column: Int) -> Int64? {
        if case .integer(let value) = self[column] { value } else { nil }
    }

    /// The column as text, nil for NULL and other types.
    public func text(_ column: Int) -> String? {
        if case .text(let value) = self[column] { value } else { nil }
    }

    /// The column as bytes; text counts as its UTF-8.
    public func bytes(_ column: Int) -> [UInt8]? {
        switch self[column] {
        case .blob(let value): value
        case .text(let value): Array(value.utf8)
        default: nil
        }
    }
}
