// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where a container's groups are: from the path that the spec names, or from the directories that were kept in the
// container's state.

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

    /// A manager for the `cgroupsPath` of a spec, as runc reads it: absolute from the hierarchies' root; relative from
    /// the caller's own group (on version 2 from that one's parent, because a group with processes can't have
    /// sub-groups with limits); empty is `id` relative. EINVAL for `..` or an empty part anywhere.
    public static func manager(
        specPath: String, id: String, hierarchies: CgroupHierarchies, own: OwnCgroups
    ) throws(SyscallError) -> any CgroupManager {
        let path = specPath.isEmpty ? id : specPath
        if path.utf8.first == UInt8(ascii: "/") { return try manager(path: path, hierarchies: hierarchies) }
        guard NameGrammar.isCgroupPath("/" + path) else { throw SyscallError("cgroup", path, errno: EINVAL) }
        switch hierarchies.version {
        case .v1, .hybrid:
            return CgroupV1(hierarchies: hierarchies) { names in hierarchies.visible(own.path(of: names), of: names) / path }
        case .v2:
            let above = hierarchies.visible(own.unified, of: ["unified"]).parent
            return try CgroupV2(path: (above / path).description, hierarchies: hierarchies)
        case .none: throw SyscallError("cgroup", "no hierarchy is mounted", errno: ENODEV)
        }
    }

    /// A manager for directories that `CgroupManager.places` told, whatever group the caller is in by now.
    /// EINVAL for a directory outside the hierarchies that are mounted.
    public static func manager(places: [String: String], hierarchies: CgroupHierarchies) throws(SyscallError) -> any CgroupManager {
        for path in places.values where !NameGrammar.isCgroupPath(path) { throw SyscallError("cgroup", path, errno: EINVAL) }
        switch hierarchies.version {
        case .v1, .hybrid:
            let manager = CgroupV1(hierarchies: hierarchies) { names in places[names.joined(separator: ",")].map { HostPath($0) } }
            if manager.directories.isEmpty { throw SyscallError("cgroup", "the container's groups", errno: ENODEV) }
            return manager
        case .v2:
            guard let path = places["unified"] else { throw SyscallError("cgroup", "the container's group", errno: ENODEV) }
            return try CgroupV2(path: path, hierarchies: hierarchies)
        case .none: throw SyscallError("cgroup", "no hierarchy is mounted", errno: ENODEV)
        }
    }
}

extension CgroupManager {
    /// What a container's state keeps: the path below each hierarchy's root by its controllers (`cpu,cpuacct`,
    /// `unified`).
    public var places: [String: String] {
        var found: [String: String] = [:]
        for directory in directories { found[directory.controllers.joined(separator: ",")] = directory.inner }
        return found
    }
}
