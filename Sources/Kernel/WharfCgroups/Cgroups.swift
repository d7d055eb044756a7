// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where a container's groups are: below each hierarchy's root, whatever group the caller is in, so that every later call
// finds them again by their path alone. (crun does the same with a relative path; runc starts from its own groups.)

import Glibc
public import WharfLinux

/// Finds out what the host has and makes managers for it.
public enum Cgroups {
    /// A manager for the container's directory `path` (`/wharf/ID`) in the host's hierarchies.
    /// EINVAL for a path that is not absolute, plain and free of `..`; ENODEV on a host without any hierarchy.
    public static func manager(path: String, hierarchies: CgroupHierarchies) throws(SyscallError) -> any CgroupManager {
        guard NameGrammar.isCgroupPath(path) else { throw SyscallError("cgroup", path, errno: EINVAL) }
        switch hierarchies.version {
        case .v1, .hybrid: return CgroupV1(path: path, hierarchies: hierarchies)
        case .v2: return try CgroupV2(path: path, hierarchies: hierarchies)
        case .none: throw SyscallError("cgroup", "no hierarchy is mounted", errno: ENODEV)
        }
    }
}
