// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The error of the lowest tier: which call, on what, and the kernel's number, captured right behind the call.

import Glibc
public import WharfError

/// A system call that failed.
public struct SyscallError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The call's name as in its man page: `openat2`, `move_mount`.
    public let call: String
    /// What it worked on (a path, a name, an id), for people; never parsed.
    public let path: String?
    /// `errno` right behind the call.
    public let errno: Int32

    public init(_ call: String, _ path: String? = nil, errno: Int32) {
        self.call = call
        self.path = path
        self.errno = errno
    }

    /// `openat2 etc/passwd: no such file or directory`
    public var description: String {
        guard let path else { return "\(call): \(reason)" }
        return "\(call) \(path): \(reason)"
    }

    /// The kernel's text for the number, in lower case: `no such file or directory`.
    public var reason: String { errnoText(errno) }
}

/// The C library's text for an error number, in lower case as Go prints it (`no such file or directory`).
public func errnoText(_ number: Int32) -> String {
    String(cString: strerror(number)).lowercased()
}

/// Runs a call that answers -1 on failure, again when a signal interrupted it.
///
/// `errno` is read in the same function, before anything else can change it.
@discardableResult @inline(__always)
public func syscall<Result: FixedWidthInteger>(
    _ call: StaticString, _ path: @autoclosure () -> String? = nil, retryOnInterrupt: Bool = true, _ body: () -> Result
) throws(SyscallError) -> Result {
    while true {
        let result = body()
        if result != -1 { return result }
        let number = errno
        if number == EINTR && retryOnInterrupt { continue }
        throw SyscallError("\(call)", path(), errno: number)
    }
}

extension WharfError {
    /// Converts a failed call at a noun's boundary: `what` names the operation and object, for people.
    public init(_ code: Code? = nil, _ what: String, _ error: SyscallError) {
        let fallback: Code =
            switch error.errno {
            case ENOENT: .notFound
            case EEXIST: .alreadyExists
            case EACCES, EPERM: .forbidden
            case ENOSPC, EDQUOT: .outOfDisk
            case EBUSY: .conflict
            case ETIMEDOUT: .deadlineExceeded
            default: .internal
            }
        self.init(code ?? fallback, "\(what): \(error)", cause: error, errno: error.errno)
    }
}
