// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The end of a group: everything in it killed, the directories removed.

import Glibc
public import WharfLinux

extension CgroupDirectory {
    /// Removes the directory with its sub-groups, tried again while a process is still leaving.
    public func remove(deadline: Duration) throws(SyscallError) {
        var pause = Duration.milliseconds(1)
        while true {
            do {
                // Nearly always nothing is below. The kernel says EBUSY for sub-groups as for processes.
                do { return try path.rmdir() } catch  where error.errno == EBUSY || error.errno == ENOTEMPTY {}
                for directory in try subtree().reversed() { try directory.rmdir() }
                return
            } catch  where error.errno == EBUSY {
                let now = KernelClock.monotonic()
                if now + pause > deadline { throw error }
                // Version 2 tells when the last process has left; version 1 does not, so it is asked less and less often.
                if has("cgroup.events") {
                    if try waitForEvent("populated", 0, deadline: now + pause) { try CgroupDirectory.pause(.milliseconds(1)) }
                } else {
                    try CgroupDirectory.pause(pause)
                }
                pause = min(pause * 2, .milliseconds(50))
            }
        }
    }

    /// Waits without an event, for kernel states that have none.
    static func pause(_ time: Duration) throws(SyscallError) {
        let (seconds, attoseconds) = time.components
        _ = poll(nil, 0, Int32(truncatingIfNeeded: seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    /// Kills what is inside, one by one, until nothing is left.
    ///
    /// A process that has left the group counts as gone although it may not have ended for its parent: the first one of
    /// a pid namespace ends only when all others were reaped, perhaps by the caller, who is waiting here.
    func killEach(deadline: Duration) throws(SyscallError) {
        while true {
            var victims: [(pid: Int32, process: PidFD)] = []
            for pid in try processes() {
                // A process that went away meanwhile needs no kill.
                if let process = try? PidFD.open(pid) { victims.append((pid, process)) }
            }
            // Asked again with the pidfds held: a pid that was given to somebody else in between is not in here.
            let members = Set(try processes())
            if members.isEmpty { return }
            victims.removeAll { !members.contains($0.pid) }
            for victim in victims {
                // ESRCH: it ended by itself.
                try? victim.process.send(SIGKILL)
            }
            if KernelClock.monotonic() > deadline { throw SyscallError("kill", path.description, errno: ETIMEDOUT) }
            // An end is told at once; that a group is empty is not, on version 1.
            _ = try victims.last?.process.waitForEnd(timeout: .milliseconds(20))
        }
    }
}
