// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a snapshot driver can fail with. Converted once, at the noun that uses the driver.

public import WharfError
public import WharfLinux

/// The failures of a `Snapshotter`.
public enum SnapshotError: Error, Sendable, CustomStringConvertible {
    case notFound(String)
    case exists(String)
    /// Another snapshot stands on it.
    case inUse(String, by: String)
    /// Not `[A-Za-z0-9._:+-]{1,255}`.
    case invalidKey(String)
    /// The snapshot is of another kind than the call needs.
    case wrongKind(String, SnapshotKind)
    /// The folder is not usable as a store: its path can't be written into mount options.
    case invalidRoot(String)
    case system(SyscallError)

    public var description: String {
        switch self {
        case .notFound(let key): "snapshot \(key) not found"
        case .exists(let key): "snapshot \(key) exists"
        case .inUse(let key, let user): "snapshot \(key) is in use by snapshot \(user)"
        case .invalidKey(let key): "invalid snapshot key \"\(key)\""
        case .wrongKind(let key, let kind): "snapshot \(key) is \(kind.rawValue)"
        case .invalidRoot(let path): "\(path) can't be used for snapshots: not UTF-8"
        case .system(let error): error.description
        }
    }

    /// The error of a noun: `what` names the operation and object.
    public func wharfError(_ what: String) -> WharfError {
        switch self {
        case .system(let error): WharfError(nil, what, error)
        case .notFound: WharfError(.notFound, "\(what): \(self)", cause: self)
        case .exists: WharfError(.alreadyExists, "\(what): \(self)", cause: self)
        case .inUse: WharfError(.conflict, "\(what): \(self)", cause: self)
        case .invalidRoot: WharfError(.invalidArgument, "\(what): \(self)", cause: self)
        case .invalidKey, .wrongKind: WharfError(.internal, "\(what): \(self)", cause: self)
        }
    }
}

/// Runs system calls under the driver's error type.
func system<Result>(_ body: () throws(SyscallError) -> Result) throws(SnapshotError) -> Result {
    do { return try body() } catch { throw .system(error) }
}
