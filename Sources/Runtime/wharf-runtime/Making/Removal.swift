// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Taking a container away: its processes, its groups, its folder. Each step is fine with what is gone already, so that
// it finishes what an interrupted create, start or delete left behind.

import Glibc
import WharfCgroups
import WharfLinux
import WharfRuntime

/// Ends every process of the container and removes all of it. The lock of the folder must be held.
func removeContainer(_ folder: ContainerFolder, _ record: ContainerRecord) throws {
    if let process = try failing("delete", { () throws(SyscallError) in try record.process?.open() }) {
        // ESRCH: it ended by itself.
        try? process.send(SIGKILL)
        // In its own group it is killed below; here without one.
        _ = try failing("delete") { () throws(SyscallError) in try process.waitForEnd(timeout: .seconds(10)) }
    }
    if let cgroup = try record.cgroup() {
        try failing("delete") { () throws(SyscallError) in try cgroup.end(timeout: .seconds(10)) }
    }
    try folder.remove()
}

/// Runs a system call's wrapper; its error becomes the runtime's.
func failing<Result>(_ step: String, _ body: () throws(SyscallError) -> Result) throws(RuntimeError) -> Result {
    do { return try body() } catch { throw RuntimeError(step: step, error) }
}
