// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The control groups of containers as wharfd reads them for stats and top: files only, no shim is woken.

public import WharfCgroups
import WharfDockerAPI
import WharfLinux

/// Finds a container's control groups.
public struct ContainerGroups: Sendable {
    private let hierarchies: CgroupHierarchies

    /// - Parameter hierarchies: the host's, read once at start.
    public init(_ hierarchies: CgroupHierarchies) { self.hierarchies = hierarchies }

    /// A host without any: for tests and before the host is known.
    public static let none = ContainerGroups(CgroupHierarchies(v1: [], unified: nil))

    /// Version 2 alone: its figures are told in Docker's words for it.
    var isUnified: Bool { hierarchies.version == .v2 }

    /// The groups of a container.
    ///
    /// - Throws: ENODEV on a host without any.
    func manager(_ record: ContainerRecord) throws(SyscallError) -> any CgroupManager {
        var spec = TaskSpec(containerID: record.id, process: TaskProcess(arguments: []))
        spec.cgroupParent = record.hostConfig.resources.cgroupParent
        return try Cgroups.manager(path: spec.cgroupPath, hierarchies: hierarchies)
    }
}
