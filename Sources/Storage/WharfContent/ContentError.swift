// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a content store can fail with. Converted once, at the noun that uses the store.

public import WharfError
public import WharfLinux
public import WharfOCI

/// The failures of a `BlobStore`.
public enum ContentError: Error, Sendable, CustomStringConvertible {
    case notFound(Digest)
    /// Not `[A-Za-z0-9._-]{1,200}`.
    case invalidKey(String)
    /// The ingest is open elsewhere.
    case busy(String)
    /// The ingest was sealed, published or discarded before.
    case closed(String)
    /// The writer gave up before the ingest was whole; its own error says why.
    case abandoned(String)
    /// The bytes are not what was promised.
    case digestMismatch(expected: Digest, found: Digest)
    case sizeMismatch(expected: Int64, found: Int64)
    /// More bytes than the reader's limit.
    case tooLarge(Digest, limit: Int)
    case system(SyscallError)

    public var description: String {
        switch self {
        case .notFound(let digest): "blob \(digest) not found"
        case .invalidKey(let key): "invalid ingest key \"\(key)\""
        case .busy(let key): "ingest \(key) is in use"
        case .closed(let key): "ingest \(key) is closed"
        case .abandoned(let key): "ingest \(key) was given up before it was whole"
        case .digestMismatch(let expected, let found): "digest mismatch: expected \(expected), found \(found)"
        case .sizeMismatch(let expected, let found): "size mismatch: expected \(expected) bytes, found \(found)"
        case .tooLarge(let digest, let limit): "blob \(digest) is larger than \(limit) bytes"
        case .system(let error): error.description
        }
    }

    /// The error of a noun: `what` names the operation and object.
    public func wharfError(_ what: String) -> WharfError {
        switch self {
        case .system(let error): WharfError(nil, what, error)
        case .notFound: WharfError(.notFound, "\(what): \(self)", cause: self)
        case .digestMismatch, .sizeMismatch, .tooLarge: WharfError(.invalidArgument, "\(what): \(self)", cause: self)
        case .busy: WharfError(.conflict, "\(what): \(self)", cause: self)
        case .abandoned: WharfError(.cancelled, "\(what): \(self)", cause: self)
        case .invalidKey, .closed: WharfError(.internal, "\(what): \(self)", cause: self)
        }
    }
}

/// Runs system calls under the store's error type.
func system<Result>(_ body: () throws(SyscallError) -> Result) throws(ContentError) -> Result {
    do { return try body() } catch { throw .system(error) }
}
