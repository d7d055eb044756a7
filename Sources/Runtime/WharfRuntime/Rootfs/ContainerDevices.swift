// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The devices that every container has: nodes and links in /dev, and the rules that let its groups use them
// (OCI runtime spec, config-linux.md, "Default Devices").

import Glibc
import WharfLinux
import WharfOCI

/// Nodes, links and rules for devices.
struct ContainerDevices {
    private let rootfs: RootFileSystem
    /// Init's own tmpfs at /dev; without one the image's /dev is gone through below the root.
    private let directory: RootFD?

    init(_ rootfs: RootFileSystem) {
        self.rootfs = rootfs
        if case .made(let mount) = rootfs.devices { directory = RootFD(mount.descriptor) } else { directory = nil }
    }

    private static let defaults: [(name: String, number: DeviceNumber)] = [
        ("null", DeviceNumber(major: 1, minor: 3)), ("zero", DeviceNumber(major: 1, minor: 5)),
        ("full", DeviceNumber(major: 1, minor: 7)), ("random", DeviceNumber(major: 1, minor: 8)),
        ("urandom", DeviceNumber(major: 1, minor: 9)), ("tty", DeviceNumber(major: 5, minor: 0)),
    ]

    private static let links = [
        (target: "/proc/self/fd", name: "fd"), ("/proc/self/fd/0", "stdin"), ("/proc/self/fd/1", "stdout"), ("/proc/self/fd/2", "stderr"),
        ("pts/ptmx", "ptmx"),
    ]

    /// Makes the spec's nodes, the default ones, and the links. Where /dev is the host's (a bind) nothing is touched.
    func make() throws(RuntimeError) {
        if case .bound = rootfs.devices { return }
        let listed = try makeListed()
        if directory == nil { try step("devices", "/dev") { () throws(SyscallError) in _ = try rootfs.root.mkdirAll("/dev") } }
        for (name, number) in ContainerDevices.defaults where !listed.contains(Array("/dev/\(name)".utf8)) {
            try step("devices", "/dev/\(name)") { () throws(SyscallError) in
                try makeNode(Array("/dev/\(name)".utf8), .characterDevice, 0o666, number, owner: (0, 0))
            }
        }
        for (target, name) in ContainerDevices.links {
            try step("devices", "/dev/\(name)") { () throws(SyscallError) in try makeLink(target, name) }
        }
    }

    private func makeLink(_ target: String, _ name: String) throws(SyscallError) {
        do throws(SyscallError) {
            if let directory { try directory.symlink(target, at: name) } else { try rootfs.root.symlink(target, at: "/dev/\(name)") }
        } catch {
            // An image that brings its own name keeps it.
            if error.errno != EEXIST { throw error }
        }
    }

    /// The spec's own devices; answers their clean paths, because a default one of the same name is not wanted then.
    private func makeListed() throws(RuntimeError) -> Set<[UInt8]> {
        var listed: Set<[UInt8]> = []
        for device in rootfs.plan.spec.linux.devices {
            let path = ContainerPath.clean(device.path)
            // The link to the container's own terminals stands there.
            if ContainerPath.isSame(path, "/dev/ptmx") { continue }
            listed.insert(path)
            let kind = try ContainerDevices.kind(device)
            guard let major = UInt32(exactly: device.major), let minor = UInt32(exactly: device.minor) else {
                throw RuntimeError(step: "devices", errno: EINVAL, text: "invalid device number of \(device.path)")
            }
            try step("devices", device.path) { () throws(SyscallError) in
                let inOwn = directory != nil && ContainerPath.below(path, "/dev")?.contains(UInt8(ascii: "/")) == false
                if !inOwn, let slash = path.lastIndex(of: UInt8(ascii: "/")), slash > 0 { _ = try rootfs.root.mkdirAll(path[..<slash]) }
                try makeNode(
                    path, kind, device.fileMode ?? 0o666, DeviceNumber(major: major, minor: minor), owner: (device.uid, device.gid))
            }
        }
        return listed
    }

    private static func kind(_ device: RuntimeSpec.Device) throws(RuntimeError) -> FileKind {
        switch device.type {
        case "c", "u": return .characterDevice
        case "b": return .blockDevice
        case "p": return .fifo
        default: throw RuntimeError(step: "devices", errno: EINVAL, text: "invalid device type \"\(device.type)\" of \(device.path)")
        }
    }

    /// A node of exactly this kind. One that is there already must be the same device (P4), unless the spec itself has
    /// mounted something at the name (/dev/urandom at /dev/random).
    private func makeNode(
        _ path: [UInt8], _ kind: FileKind, _ permissions: UInt32, _ number: DeviceNumber, owner: (UInt32, UInt32)
    ) throws(SyscallError) {
        if rootfs.plan.mounts.contains(where: { $0.destination == path }) { return }
        var (place, name) = (rootfs.root, path[...])
        if let directory, let inside = ContainerPath.below(path, "/dev"), !inside.contains(UInt8(ascii: "/")) {
            (place, name) = (directory, inside)
        }
        if kind != .fifo && rootfs.plan.users != nil { return try bindNode(path, at: place, name, kind, number) }
        do {
            try place.mknod(name, kind: kind, permissions: permissions & 0o7777, device: number)
        } catch  where error.errno == EEXIST {
            let existing = try place.open(name, [.handle, .noFollow])
            if kind != .fifo { return try verifyInode(existing, is: .device(kind, number)) }
            guard try existing.status().kind == .fifo else { throw SyscallError("verify", "fifo", errno: ENXIO) }
            return
        } catch  where error.errno == EPERM && kind != .fifo {
            // Inside somebody's user namespace, which nobody told us about.
            return try bindNode(path, at: place, name, kind, number)
        }
        if owner == (0, 0) { return }
        let made = try place.open(name, [.handle, .noFollow])
        try made.setOwner(uid: owner.0, gid: owner.1)
        // Which takes away setuid and setgid.
        if permissions & 0o6000 != 0 { try made.setPermissions(permissions & 0o7777) }
    }

    /// The host's own node, where none can be made: only if it is the device that is meant.
    private func bindNode(
        _ path: [UInt8], at place: RootFD, _ name: ArraySlice<UInt8>, _ kind: FileKind, _ number: DeviceNumber
    ) throws(SyscallError) {
        let device = try HostPath(path).open(.handle)
        try verifyInode(device, is: .device(kind, number))
        let target = try place.touchPlain(name, permissions: 0o644)
        if try target.fileSystemMagic() == FileSystemMagic.proc {
            throw SyscallError("mount", "\(displayPath(path)), which is inside /proc", errno: EPERM)
        }
        try MountFD.clone(device).attach(to: target)
    }

    /// The spec's rules, and behind them what every container may do: make any node (using it is another matter), use the
    /// default devices and its own terminals. A spec without rules gets just that, as from runc: a list starts with
    /// everything denied. In a user namespace, where the kernel takes no rules, only rules that are asked for are an error.
    static func withDefaults(_ resources: RuntimeSpec.Resources) -> RuntimeSpec.Resources {
        var result = resources
        if resources.devices.isEmpty && Namespaces.isUserNamespaceNested() { return result }
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
