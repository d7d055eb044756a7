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
/// A limit that the host has no controller or file for is an error that names both (ENODEV, ENOENT): whoever wants
/// Docker's "warn and ignore" asks `CgroupFeatures` first. All calls are synchronous and single writes, except where a
/// time is taken.
public protocol CgroupManager: Sendable {
    /// The container's directories with the controllers that live there; `unified` is the version 2 hierarchy.
    var directories: [CgroupDirectory] { get }

    /// Makes the directories, with missing parents. Empty ones that exist are taken over; EBUSY for one with processes.
    /// On failure what was made is removed again.
    func create() throws(SyscallError)

    /// Puts a process (with all its threads) into every directory.
    func add(_ pid: Int32) throws(SyscallError)

    /// Applies the limits of a new container; answers warnings about what the kernel has given up.
    func apply(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String]

    /// Changes the limits that are given and nothing else, while the container runs.
    ///
    /// What depends on a value that is not given (memory and swap, quota and period) goes by the one in force. Empty
    /// device rules leave the rules alone; others replace them at once.
    func update(_ resources: RuntimeSpec.Resources) throws(SyscallError) -> [String]

    /// What is used, counted and limited now; a controller that is missing leaves its part empty.
    func stats() throws(SyscallError) -> CgroupStats

    /// Every process inside, sub-groups included.
    func processes() throws(SyscallError) -> [Int32]

    /// Stops every process inside; returns when all stand still. ETIMEDOUT leaves them thawed.
    func freeze(timeout: Duration) throws(SyscallError)

    /// Lets them run again.
    func thaw() throws(SyscallError)

    /// Whether `freeze` holds the group; false where it is gone or can't be frozen.
    func isFrozen() throws(SyscallError) -> Bool

    /// Sends SIGKILL to every process inside, frozen or not, until none is left or the time is over (ETIMEDOUT).
    func killAll(timeout: Duration) throws(SyscallError)

    /// Removes the directories with their sub-groups. Missing ones are fine; a living process inside is EBUSY after
    /// the time is over.
    func delete(timeout: Duration) throws(SyscallError)

    /// A descriptor that becomes readable when the memory controller has killed in here; nil without the controller.
    func watchOOM() throws(SyscallError) -> OOMWatch?

    /// The directory that clone3 can put a child into at once (version 2), nil where there is none.
    func cloneTarget() throws(SyscallError) -> Descriptor?

    /// The groups below this one that `exec --cgroup` names; see `CgroupSubpaths`. They must exist.
    func subgroup(_ paths: CgroupSubpaths) throws(SyscallError) -> any CgroupManager

    /// Where a further process can go: here, or, when the container has made sub-groups with limits and so left none of its
    /// processes here (version 2 allows no more), into the sub-group of `process`, its first one.
    func group(beside process: PidFD) throws(SyscallError) -> any CgroupManager
}

extension CgroupManager {
    /// Removes the directories; only where a process keeps them is it looked for and killed.
    public func end(timeout: Duration) throws(SyscallError) {
        do {
            try delete(timeout: .zero)
        } catch  where error.errno == EBUSY {
            try killAll(timeout: timeout)
            try delete(timeout: timeout)
        }
    }
}
