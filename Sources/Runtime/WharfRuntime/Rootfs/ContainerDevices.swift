// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The devices that every container has: nodes and links in /dev, and the rules that let its groups use them
// (OCI runtime spec, config-linux.md, "Default Devices").

import Glibc
import WharfLinux
import WharfOCI

/// Nodes, links and rules for devices.
enum ContainerDevices {
    /// Makes the default nodes, the spec's own, and the links. Where /dev is the host's (a bind) nothing is touched.
    static func make(_ rootfs: RootFileSystem) throws(RuntimeError) {
        let isBound = rootfs.plan.spec.mounts.enumerated().contains { index, mount in
            RootFileSystem.clean(mount.destination) == "/dev" && rootfs.plan.binds[index] != nil
        }
        if isBound { return }
        // In the tmpfs that init made nobody can have prepared a name; without one the image's /dev is gone through
        // below the root.
        let place = rootfs.deviceDirectory.map { RootFD($0.descriptor) }
        try step("devices") { () throws(SyscallError) in
            if place == nil { _ = try rootfs.root.mkdirAll("/dev") }
            for (name, major, minor) in [
                ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
            ] as [(String, UInt32, UInt32)] {
                let device = DeviceNumber(major: major, minor: minor)
                try makeNode(place ?? rootfs.root, place == nil ? "/dev/\(name)" : name, .characterDevice, 0o666, device, owner: (0, 0))
            }
            for (target, name) in [
                ("/proc/self/fd", "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"), ("/proc/self/fd/2", "stderr"),
                ("pts/ptmx", "ptmx"),
            ] {
                try makeLink(place ?? rootfs.root, target, place == nil ? "/dev/\(name)" : name)
            }
        }
        for device in rootfs.plan.spec.linux.devices { try make(device, rootfs.root) }
    }

    private static func make(_ device: RuntimeSpec.Device, _ root: RootFD) throws(RuntimeError) {
        let kind: FileKind
        switch device.type {
        case "c", "u": kind = .characterDevice
        case "b": kind = .blockDevice
        case "p": kind = .fifo
        default: throw RuntimeError(step: "devices", errno: EINVAL, text: "invalid device type \"\(device.type)\" of \(device.path)")
        }
        guard let major = UInt32(exactly: device.major), let minor = UInt32(exactly: device.minor) else {
            throw RuntimeError(step: "devices", errno: EINVAL, text: "invalid device number of \(device.path)")
        }
        try step("devices", device.path) { () throws(SyscallError) in
            let path = RootFileSystem.clean(device.path)
            let parents = pathComponents(path).dropLast()
            if !parents.isEmpty { _ = try root.mkdirAll([UInt8](parents.joined(separator: [UInt8(ascii: "/")]))) }
            try makeNode(
                root, path, kind, device.fileMode ?? 0o666, DeviceNumber(major: major, minor: minor), owner: (device.uid, device.gid))
        }
    }

    /// A node of exactly this kind. One that is there already must be the same device (P4).
    private static func makeNode(
        _ place: RootFD, _ path: String, _ kind: FileKind, _ permissions: UInt32, _ number: DeviceNumber, owner: (UInt32, UInt32)
    ) throws(SyscallError) {
        do {
            try place.mknod(path, kind: kind, permissions: permissions & 0o7777, device: number)
        } catch  where error.errno == EEXIST {
            let existing = try place.open(path, [.handle, .noFollow])
            if kind != .fifo { try verifyInode(existing, is: .device(kind, number)) }
            return
        }
        if owner != (0, 0) { try place.open(path, [.handle, .noFollow]).setOwner(uid: owner.0, gid: owner.1) }
    }

    private static func makeLink(_ place: RootFD, _ target: String, _ path: String) throws(SyscallError) {
        // An image that brings its own name keeps it.
        do { try place.symlink(target, at: path) } catch  where error.errno == EEXIST { return }
    }

    /// The spec's rules, and behind a general "deny all" what every container may do: make any node (using it is
    /// another matter), use the default devices and its own terminals.
    static func withDefaults(_ resources: RuntimeSpec.Resources) -> RuntimeSpec.Resources {
        var result = resources
        if resources.devices.isEmpty { return result }
        result.devices += [
            .init(allow: true, type: "c", access: "m"), .init(allow: true, type: "b", access: "m"),
            .init(allow: true, type: "c", major: 1, minor: 3), .init(allow: true, type: "c", major: 1, minor: 5),
            .init(allow: true, type: "c", major: 1, minor: 7), .init(allow: true, type: "c", major: 1, minor: 8),
            .init(allow: true, type: "c", major: 1, minor: 9), .init(allow: true, type: "c", major: 5, minor: 0),
            .init(allow: true, type: "c", major: 5, minor: 2), .init(allow: true, type: "c", major: 136),
        ]
        return result
    }
}
