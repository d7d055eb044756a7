// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What other runtimes leave where ours makes nothing: runc puts a container into every version 1 hierarchy, also into
// those without a limit (name=systemd, perf_event). When it can't clean up itself, nobody else would.

import Glibc
public import WharfLinux

extension Cgroups {
    /// Removes the container's directory `path` from the hierarchies that a manager stays out of. Only for a path of
    /// Wharf's own, whose processes have been killed. A missing directory is fine; EBUSY when somebody is still inside.
    public static func removeUnused(path: String, hierarchies: CgroupHierarchies, timeout: Duration) throws(SyscallError) {
        guard NameGrammar.isCgroupPath(path) else { throw SyscallError("cgroup", path, errno: EINVAL) }
        let deadline = KernelClock.monotonic() + timeout
        for hierarchy in hierarchies.v1 where CgroupV1.used(hierarchy.names).isEmpty {
            try CgroupDirectory(controllers: hierarchy.names, mountPoint: hierarchy.mountPoint, inner: path).remove(deadline: deadline)
        }
    }
}
