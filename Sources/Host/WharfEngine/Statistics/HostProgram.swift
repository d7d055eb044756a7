// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Runs a program of the host and takes what it prints. For ps alone: what a container's processes are called is the host's
// own tool's to say, with all the columns that its flags know. Nothing of a container is run or read as a program.

import Glibc
import WharfLinux

/// A program of the host.
enum HostProgram {
    /// What it printed and how it ended.
    struct Output: Sendable {
        var standard: [UInt8]
        var error: [UInt8]
        var exitCode: Int32
    }

    /// Longer output is an error (EFBIG), bytes.
    private static let limit = 32 << 20

    /// Runs it to its end. Blocking; the caller sets the deadline.
    ///
    /// - Throws: `SyscallError`: ENOENT where the host has no such program.
    static func run(_ name: String, _ arguments: [String]) throws(SyscallError) -> Output {
        let program = try find(name)
        let (readOut, writeOut) = try Pipe.make()
        let (readError, writeError) = try Pipe.make()
        let null = try HostPath("/dev/null").open(.read)
        let process = try spawn(
            program, arguments: [name] + arguments, environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"],
            descriptors: [null, writeOut, writeError])
        writeOut.close()
        writeError.close()
        // ps writes a line or two to the second, so the first can be read to its end before.
        let standard = try readOut.readAll(limit: limit)
        let complaint = try readError.readAll(limit: limit)
        return Output(standard: standard, error: complaint, exitCode: try PidFD(process.pidfd).wait().code)
    }

    private static func find(_ name: String) throws(SyscallError) -> Descriptor {
        for folder in ["/usr/bin", "/bin"] {
            do throws(SyscallError) { return try (HostPath(folder) / name).open(.handle) } catch  where error.errno == ENOENT { continue }
        }
        throw SyscallError("execve", name, errno: ENOENT)
    }
}
