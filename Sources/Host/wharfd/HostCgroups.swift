// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The engine's one wish about cgroups, by WharfCgroups.

import WharfCgroups
import WharfEngine
import WharfLinux

/// Ends what a dead shim left, in every hierarchy of the host.
struct HostCgroups: TaskCgroups {
    let hierarchies: CgroupHierarchies

    func destroy(_ path: String) throws {
        let cgroup = try Cgroups.manager(path: path, hierarchies: hierarchies)
        try cgroup.killAll(timeout: .seconds(10))
        try cgroup.delete(timeout: .seconds(5))
        // Another runtime that was ended with its shim has no second chance to do this itself.
        try Cgroups.removeUnused(path: path, hierarchies: hierarchies, timeout: .seconds(5))
    }
}
