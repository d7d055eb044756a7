// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// /sys/fs/cgroup in the container. Version 2: one mount. Version 1: a tmpfs with a directory for each hierarchy, each
// showing the container's own group and nothing above it.

import Glibc
import WharfLinux
import WharfOCI

extension RootFileSystem {
    mutating func mountCgroups(_ planned: PlannedMount, _ views: [CgroupView]) throws(RuntimeError) {
        let target = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) in try root.mkdirAll(planned.destination) }
        try checkTarget(target, planned)
        let made = try PlannedMount.attempt(planned.mount) { () throws(SyscallError) -> MountFD in
            if let only = views.first, only.name.isEmpty {
                let mount = try open(only, planned.options)
                try attach(mount, planned.options, to: target)
                return mount
            }
            return try mountEach(views, planned, target)
        }
        note(made, at: planned.destination, type: planned.mount.type, isBind: false)
    }

    private func mountEach(
        _ views: [CgroupView], _ planned: PlannedMount, _ target: Descriptor
    ) throws(SyscallError) -> MountFD {
        let tree = try MountFD.create(
            type: "tmpfs", source: "tmpfs", parameters: [.string("mode", Array("755".utf8)), .string("size", Array("64k".utf8))],
            attributes: [.noSetuid, .noDevices, .noExec])
        let top = RootFD(tree.descriptor)
        for view in views {
            try top.mkdir(view.name, permissions: 0o755)
            for alias in view.aliases { try top.symlink(view.name, at: alias) }
        }
        try attach(tree, planned.options, to: target)
        for view in views {
            try open(view, planned.options).attach(to: try openBeneath(tree.descriptor, view.name, [.handle, .directory]))
        }
        if planned.options.set.contains(.readOnly) { try tree.change(set: .readOnly) }
        return tree
    }

    private func open(_ view: CgroupView, _ options: MountOptions) throws(SyscallError) -> MountFD {
        switch view.source {
        case .bind(let mount): return mount
        case .fileSystem(let type, let parameters):
            return try MountFD.create(
                type: type, source: "cgroup", parameters: parameters,
                attributes: options.set.union([.noSetuid, .noDevices, .noExec]))
        }
    }
}
