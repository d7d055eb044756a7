// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What reading, unpacking or writing an archive can fail with. Converted once, at the noun that uses the archive.

import Glibc
public import WharfError
public import WharfLinux

/// The failures of this target. Texts name the entry, with bytes that are not printable ASCII escaped.
public enum ArchiveError: Error, Sendable, CustomStringConvertible {
    /// The stream ended too early: what was missing.
    case truncated(String)
    /// The bytes break the format's rules.
    case malformed(String)
    /// Well-formed, but this version can't read it: the format or feature.
    case unsupported(String)
    /// Over a limit of `ArchiveLimits`.
    case limit(String)
    /// An entry that would leave the root.
    case unsafe(entry: String, String)
    /// A system call failed for an entry.
    case system(entry: String?, SyscallError)
    /// The stream below failed, or the stream that is written to.
    case stream(any Error)

    public var description: String {
        switch self {
        case .truncated(let what): "unexpected end of archive: \(what)"
        case .malformed(let what): "invalid archive: \(what)"
        case .unsupported(let what): "unsupported archive: \(what)"
        case .limit(let what): "archive refused: \(what)"
        case .unsafe(let entry, let reason): "archive refused: entry \(entry) \(reason)"
        case .system(let entry, let error): entry.map { "entry \($0): \(error)" } ?? error.description
        case .stream(let error): "\(error)"
        }
    }

    /// The error of a noun: `what` names the operation and object. An error of the stream below keeps its own code.
    public func wharfError(_ what: String) -> WharfError {
        switch self {
        case .truncated, .malformed, .unsupported, .limit, .unsafe:
            return WharfError(.invalidArgument, "\(what): \(self)", cause: self)
        case .system(let entry, let error):
            let code: WharfError.Code? = Self.isArchivesFault(error.errno) ? .invalidArgument : nil
            return WharfError(code, entry.map { "\(what): entry \($0)" } ?? what, error)
        case .stream(let error):
            if let error = error as? WharfError {
                return WharfError(error.code, "\(what): \(error.message)", cause: error, errno: error.errno)
            }
            let code: WharfError.Code = error is CancellationError ? .cancelled : .unavailable
            return WharfError(code, "\(what): \(error)", cause: error)
        }
    }

    /// Numbers that a tree's own contents provoke: a missing link target, a file where a directory should be, loops,
    /// names and links that are too long.
    private static func isArchivesFault(_ number: Int32) -> Bool {
        [ENOENT, EEXIST, ENOTDIR, EISDIR, EINVAL, EMLINK, ENAMETOOLONG, ELOOP].contains(number)
    }
}

/// A name from an archive for a message: printable ASCII stays, other bytes are escaped, long names are cut.
func show(_ name: some Collection<UInt8>) -> String {
    var text = ""
    for byte in name.prefix(160) {
        if byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            let hex = String(byte, radix: 16)
            text += hex.utf8.count == 1 ? "\\x0\(hex)" : "\\x\(hex)"
        }
    }
    return name.count > 160 ? text + "…" : text
}

/// Runs system calls for one entry.
func system<Result>(
    _ entry: @autoclosure () -> [UInt8]? = nil, _ body: () throws(SyscallError) -> Result
) throws(ArchiveError) -> Result {
    do { return try body() } catch { throw .system(entry: entry().map { show($0) }, error) }
}
