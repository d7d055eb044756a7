// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a caller of the store must tell apart. Other failures (disk full, damaged file) are SQLiteError.

public import WharfError

/// A request that the stored rows forbid.
public enum MetadataError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Another row of the kind has the name. `holder` is that row's id, for Docker's conflict text.
    case nameTaken(kind: String, name: String, holder: String)
    /// A row with this id exists.
    case idTaken(kind: String, id: String)
    case notFound(kind: String, id: String)
    /// Somebody changed the row since it was read.
    case changed(kind: String, id: String, expected: Int64, found: Int64)

    public var description: String {
        switch self {
        case .nameTaken(let kind, let name, let holder): "\(kind) name \(name) is in use by \(kind) \(holder)"
        case .idTaken(let kind, let id): "\(kind) \(id) exists"
        case .notFound(let kind, let id): "no such \(kind): \(id)"
        case .changed(let kind, let id, let expected, let found):
            "\(kind) \(id) was changed meanwhile (revision \(found), expected \(expected))"
        }
    }
}

extension WharfError {
    /// Converts at a noun's boundary where it has no better words.
    public init(_ error: MetadataError) {
        let code: Code =
            switch error {
            case .nameTaken, .idTaken, .changed: .conflict
            case .notFound: .notFound
            }
        self.init(code, "\(error)", cause: error)
    }
}
