// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one face of control groups: what the maker, the shim and wharfd ask for, whichever version the host has. The
// shim owns freeze, update and the OOM watch; wharfd kills through it what a dead shim left and reads statistics.

import Glibc
public import WharfLinux
public import WharfOCI

/// The control groups of one container: a directory in every hierarchy that the host has.
///
/// A controller that the host lacks is left out, and a limit that needs it becomes a warning: the container runs
/// without that limit, as in Docker. All calls are synchronous and single writes, except where a time is taken.
public protocol CgroupManager: Sendable {
    /// The container's directories with the controllers that live there; `unified` is the version 2 hierarchy.
    var directories: [CgroupDirectory] { get }

    /// Makes the directories, with missing parents. Existing ones are taken over.
    func create() throws(SyscallError)

    /// Puts a process (with all its threads) into every directory.
    func add(_ pid: Int32) throws(SyscallError)

    /// Applies the limits that are given; answers warnings about what the host can't do.
    func apply(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String]

    /// Every process inside, sub-groups included.
    func processes() throws(SyscallError) -> [Int32]

    /// Stops every process inside; returns when all stand still. ETIMEDOUT leaves them thawed.
    func freeze(timeout: Duration) throws(SyscallError)

    /// Lets them run again.
    func thaw() throws(SyscallError)

    /// Sends SIGKILL to every process inside, frozen or not, until none is left or the time is over (ETIMEDOUT).
    func killAll(timeout: Duration) throws(SyscallError)

    /// Removes the directories with their sub-groups. Missing ones are fine; a living process inside is EBUSY after
    /// the time is over.
    func delete(timeout: Duration) throws(SyscallError)

    /// A descriptor that becomes readable when the memory controller has killed in here; nil without the controller.
    func watchOOM() throws(SyscallError) -> OOMWatch?

    /// The directory that clone3 can put a child into at once (version 2), nil where there is none.
    func cloneTarget() throws(SyscallError) -> Descriptor?
}

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
