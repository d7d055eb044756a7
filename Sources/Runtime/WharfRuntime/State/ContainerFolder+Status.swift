// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where a container stands, from what the kernel says now; no status is ever stored.

import Glibc
public import WharfCgroups
public import WharfLinux
public import WharfOCI

/// A container's status with the handle of its first process, where it has one.
public struct ContainerStanding: Sendable {
    public let status: ContainerState.Status
    /// nil when the container has stopped or is not made yet.
    public let process: PidFD?
}

extension ContainerFolder {
    /// The standing of the container with this record.
    public func standing(_ record: ContainerRecord) throws(RuntimeError) -> ContainerStanding {
        guard let identity = record.process else {
            // Without a process on record it is being made, or whoever made it was killed.
            return ContainerStanding(status: isLocked() ? .creating : .stopped, process: nil)
        }
        guard let process = try step("state", nil, { () throws(SyscallError) in try identity.open() }) else {
            return ContainerStanding(status: .stopped, process: nil)
        }
        if try record.isFrozen() { return ContainerStanding(status: .paused, process: process) }
        switch try startSocket() {
        case .listening: return ContainerStanding(status: .created, process: process)
        case .gone: return ContainerStanding(status: .running, process: process)
        case .abandoned:
            // A process that is ending has closed its socket a moment before it is gone.
            let hasEnded = try step("state") { () throws(SyscallError) in try process.waitForEnd(timeout: .milliseconds(200)) }
            return hasEnded ? ContainerStanding(status: .stopped, process: nil) : ContainerStanding(status: .running, process: process)
        }
    }
}

extension ContainerRecord {
    /// The container's groups; nil on a host without any.
    public func cgroup() throws(RuntimeError) -> (any CgroupManager)? {
        if cgroupsPath.isEmpty { return nil }
        return try step("cgroup") { () throws(SyscallError) in
            let hierarchies = try CgroupHierarchies.first()
            if hierarchies.version == .none { return nil }
            return try Cgroups.manager(path: cgroupsPath, hierarchies: hierarchies)
        }
    }

    /// Whether the groups are frozen.
    func isFrozen() throws(RuntimeError) -> Bool {
        guard let cgroup = try cgroup() else { return false }
        return try step("cgroup") { () throws(SyscallError) in try cgroup.isFrozen() }
    }
}
