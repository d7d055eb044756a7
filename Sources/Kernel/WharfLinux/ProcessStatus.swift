// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What /proc tells of a process: since when it runs, and whether it is about to end.

import Glibc

/// The fields of /proc/PID/stat that matter here (proc_pid_stat(5)).
public struct ProcessStatus: Sendable, Equatable {
    /// Clock ticks since boot at which it started (field 22).
    public let startTicks: UInt64
    /// A zombie, or about to be taken away (field 3).
    public let hasEnded: Bool
    /// Ended, or on its way there: the kernel has begun to close its files (PF_EXITING in field 9).
    public let isEnding: Bool

    /// Of a process of this pid namespace. - Throws: ENOENT when there is none with this pid.
    public init(of pid: Int32) throws(SyscallError) {
        let bytes: [UInt8]
        do {
            bytes = try HostPath("/proc/\(pid)/stat").read(limit: 4096)
        } catch  where error.errno == ESRCH {
            throw SyscallError(error.call, error.path, errno: ENOENT)
        }
        guard let status = ProcessStatus(bytes) else { throw SyscallError("read", "/proc/\(pid)/stat", errno: EINVAL) }
        self = status
    }

    /// The line as the kernel writes it, nil for another one.
    init?(_ line: [UInt8]) {
        // The name in parentheses may hold anything, also spaces and parentheses: the last one ends it.
        guard let end = line.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = line[(end + 1)...].split(separator: UInt8(ascii: " "))
        guard fields.count > 19, let flags = UInt64(String(decoding: fields[6], as: UTF8.self)),
            let ticks = UInt64(String(decoding: fields[19], as: UTF8.self))
        else { return nil }
        startTicks = ticks
        hasEnded = "ZXx".utf8.contains(fields[0].first ?? 0)
        let exiting: UInt64 = 0x4
        isEnding = hasEnded || flags & exiting != 0
    }
}
