// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// /sys/fs/cgroup in the container. Version 2: its own group as the root of a private view. Version 1: a tmpfs with one
// directory for each controller, each showing the container's own group and nothing above it, all read-only.

import WharfLinux

extension RootFileSystem {
    func mountCgroup(_ destination: String, _ options: MountOptions) throws(SyscallError) {
        let target = try root.mkdirAll(destination)
        if plan.cgroupViews.isEmpty {
            let mount = try MountFD.create(type: "cgroup2", source: "cgroup", attributes: options.set)
            return try mount.attach(to: target)
        }
        let attributes: MountAttributes = [.noSetuid, .noDevices, .noExec]
        let tree = try MountFD.create(
            type: "tmpfs", source: "tmpfs", parameters: [.string("mode", Array("755".utf8)), .string("size", Array("64k".utf8))],
            attributes: attributes)
        let top = RootFD(tree.descriptor)
        for view in plan.cgroupViews {
            try top.mkdir(view.name, permissions: 0o755)
            for alias in view.aliases { try top.symlink(view.name, at: alias) }
        }
        try tree.attach(to: target)
        for view in plan.cgroupViews {
            try view.mount.attach(to: try openBeneath(tree.descriptor, view.name, [.handle, .directory]))
        }
        if options.set.contains(.readOnly) { try tree.change(set: .readOnly) }
    }
}
