// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container with users of its own whose groups are mounted for writing may make sub-groups: its group on version 2 is
// given to its root, as crun does. On version 1 that would not be safe, and nothing happens.

import WharfCgroups
import WharfLinux
import WharfOCI

extension ContainerPlan {
    /// Gives the container's group to its root, where the spec means it so.
    func delegate(_ cgroup: any CgroupManager) throws(RuntimeError) {
        guard let users, users.isNew, namespaces.newCgroup,
            spec.mounts.contains(where: { ($0.type == "cgroup" || $0.type == "cgroup2") && !$0.options.contains("ro") }),
            let uid = UserNamespacePlan.host(0, users.uids), let gid = UserNamespacePlan.host(0, users.gids)
        else { return }
        try step("cgroup", "giving the group to the container's root") { () throws(SyscallError) in
            try cgroup.delegate(uid: uid, gid: gid)
        }
    }
}
