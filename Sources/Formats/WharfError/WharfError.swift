// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one error type of the product. Leaf targets throw the smallest true type; a noun's boundary converts it
// once to this one; each edge (HTTP, registry, exit code) maps `Code` with an exhaustive switch.

/// What went wrong, in a form that every edge can show and every caller can act on.
///
/// The message is lower case, without a full stop, and names what failed and on which object.
public struct WharfError: Error, Sendable, CustomStringConvertible {
    /// The closed set of classes. Adding one means visiting each edge's mapper: that is the purpose.
    public enum Code: String, Sendable, CaseIterable {
        /// The request can't be right, whatever the state: bad name, bad flag combination, bad archive.
        case invalidArgument
        /// The named object does not exist.
        case notFound
        /// An object of that name exists.
        case alreadyExists
        /// The object's state forbids it now: running, in use, being removed.
        case conflict
        /// The object is already in the state that was asked for.
        case notModified
        case unauthorized
        case forbidden
        /// Can't be done now on this host; a later try, or another host, may succeed.
        case unavailable
        /// This version can't do it at all.
        case notImplemented
        case cancelled
        case deadlineExceeded
        case outOfDisk
        /// Stored bytes are not what was stored.
        case dataLoss
        case `internal`
    }

    public let code: Code
    public let message: String
    /// The error below this one, kept for logs.
    public let cause: (any Error)?
    /// The kernel's number where a system call was at the root of it.
    public let errno: Int32?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil, errno: Int32? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
        self.errno = errno
    }

    public var description: String { message }
}
