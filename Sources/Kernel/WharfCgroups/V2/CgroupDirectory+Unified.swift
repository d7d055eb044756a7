// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a directory of the version 2 hierarchy can do by itself, also on a hybrid host: stop a whole group with one
// write, and tell when something has changed.

import Glibc
import WharfLinux

extension CgroupDirectory {
    /// Stops every process inside; ETIMEDOUT leaves them running.
    func freezeUnified(timeout: Duration) throws(SyscallError) {
        try write("cgroup.freeze", "1")
        if try !waitForEvent("frozen", 1, deadline: KernelClock.monotonic() + timeout) {
            try write("cgroup.freeze", "0")
            throw SyscallError("cgroup.freeze", path.description, errno: ETIMEDOUT)
        }
    }

    /// SIGKILL to every process inside with one write (Linux 5.14), and waits until the group is empty; ETIMEDOUT.
    /// Does nothing for a group that is gone or a kernel that can't.
    func killUnified(deadline: Duration) throws(SyscallError) {
        guard has("cgroup.kill") else { return }
        try ignoringMissing { () throws(SyscallError) in
            try write("cgroup.kill", "1")
            if try !waitForEvent("populated", 0, deadline: deadline) {
                throw SyscallError("cgroup.kill", path.description, errno: ETIMEDOUT)
            }
        }
    }

    /// Waits until `key` in cgroup.events is `value`; false when the time is over. The file tells by POLLPRI.
    func waitForEvent(_ key: String, _ value: UInt64, deadline: Duration) throws(SyscallError) -> Bool {
        let file = try (path / "cgroup.events").open(.read)
        while true {
            try file.seek(to: 0)
            let text = String(decoding: try file.readAll(limit: 4096), as: UTF8.self)
            if text.split(separator: "\n").contains(where: { $0.utf8.elementsEqual("\(key) \(value)".utf8) }) { return true }
            let (seconds, attoseconds) = (deadline - KernelClock.monotonic()).components
            let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
            if milliseconds <= 0 { return false }
            _ = file.waitUrgent(milliseconds: Int32(truncatingIfNeeded: min(milliseconds, 60_000)))
        }
    }
}
