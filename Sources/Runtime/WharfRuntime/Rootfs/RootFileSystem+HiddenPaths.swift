// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Masked and read-only paths. A file is covered by the verified null device, a directory by an empty read-only tmpfs
// that all of them share. Paths below /proc and /sys are opened through the mounts that init made itself.

import Glibc
import WharfLinux
import WharfOCI

extension RootFileSystem {
    func hidePaths() throws(RuntimeError) {
        var empty: MountFD?
        for path in plan.spec.linux.maskedPaths {
            try step("mask", path) { () throws(SyscallError) in
                guard let target = try openHidden(path) else { return }
                if try target.status().kind != .directory { return try MountFD.clone(null).attach(to: target) }
                let cover: MountFD
                if let empty {
                    cover = try MountFD.clone(empty.descriptor)
                } else {
                    cover = try MountFD.create(
                        type: "tmpfs", source: "tmpfs",
                        parameters: [.string("size", Array("0".utf8)), .string("nr_inodes", Array("1".utf8))],
                        attributes: [.readOnly, .noSetuid, .noDevices, .noExec])
                    empty = cover
                }
                try cover.attach(to: target)
            }
        }
        for path in plan.spec.linux.readonlyPaths {
            try step("readonly", path) { () throws(SyscallError) in
                guard let target = try openHidden(path) else { return }
                let copy = try MountFD.clone(target, recursive: true)
                try copy.change(set: .readOnly, recursive: true)
                try copy.attach(to: target)
            }
        }
    }

    /// The place of a path that is to be hidden; nil when this kernel has no such thing.
    private func openHidden(_ path: String) throws(SyscallError) -> Descriptor? {
        let clean = ContainerPath.clean(path)
        // Their own links may be followed: init made these mounts, and nothing in a procfs or sysfs leads out of it.
        let rules: Resolve = [.beneath, .noMagicLinks]
        do {
            if let procMount, let inside = ContainerPath.below(clean, "/proc") {
                return try openBelow(procMount.descriptor, inside, .handle, resolve: rules)
            }
            if let sysMount, let inside = ContainerPath.below(clean, "/sys") {
                return try openBelow(sysMount.descriptor, inside, .handle, resolve: rules)
            }
            return try root.open(clean, .handle)
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return nil
        }
    }
}
