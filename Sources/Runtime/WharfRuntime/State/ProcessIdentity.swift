// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which process a record means. A pid alone may have been given to somebody else since; with the time at which the
// process started it can't be mistaken.

public import WharfJSON
import Glibc
public import WharfLinux

/// A process that can be found again by another program, as long as it lives.
public struct ProcessIdentity: Sendable, Equatable, Decodable, JSONWritable {
    /// In the pid namespace of the runtime.
    public let pid: Int32
    /// Clock ticks since boot (proc_pid_stat(5), field 22).
    public let startTicks: UInt64

    /// Of a living process. ENOENT when there is none with this pid.
    public init(of pid: Int32) throws(SyscallError) {
        self.pid = pid
        startTicks = try ProcessStatus(of: pid).startTicks
    }

    /// A handle of the process; nil when it has ended (a zombie counts as ended) or the pid is somebody else's now.
    ///
    /// The handle is opened first and looked at afterwards, so it stands for the process that was looked at.
    public func open() throws(SyscallError) -> PidFD? {
        do {
            let process = try PidFD.open(pid)
            let status = try ProcessStatus(of: pid)
            if status.startTicks != startTicks || status.hasEnded { return nil }
            return try process.hasEnded() ? nil : process
        } catch  where error.errno == ESRCH || error.errno == ENOENT || error.errno == EINVAL {
            // EINVAL: the number belongs to a thread now.
            return nil
        }
    }

    private enum CodingKeys: String, CodingKey { case pid, startTicks }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("pid", pid)
            json.field("startTicks", startTicks)
        }
    }
}
