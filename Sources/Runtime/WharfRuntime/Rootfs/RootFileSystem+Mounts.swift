// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One mount of the spec: make or take the detached mount, open its target below the root, attach. The target is a
// descriptor from the moment it has been checked.

import Glibc
import WharfLinux
import WharfOCI

extension RootFileSystem {
    /// Mounts one entry; `bind` is its source where it has one.
    mutating func mount(_ mount: Mount, bind: BindSource?) throws(RuntimeError) {
        let options = MountOptions(mount.options)
        let destination = RootFileSystem.clean(mount.destination)
        if let bind {
            try attempt(mount) { () throws(SyscallError) in
                let target = bind.isDirectory ? try root.mkdirAll(destination) : try root.touch(destination)
                try checkTarget(target, destination, bind: bind)
                try bind.mount.attach(to: target)
            }
            return
        }
        switch mount.type {
        case "cgroup", "cgroup2": try attempt(mount) { () throws(SyscallError) in try mountCgroup(destination, options) }
        case "proc", "sysfs": try mountKernelTree(mount, destination, options)
        default: try mountFileSystem(mount, destination, options)
        }
    }

    /// Runs the steps of one mount; a failure names source and destination, as Docker's users know it.
    private func attempt<Result>(_ mount: Mount, _ body: () throws(SyscallError) -> Result) throws(RuntimeError) -> Result {
        do {
            return try body()
        } catch {
            var text = "error mounting \"\(mount.source)\" to rootfs at \"\(mount.destination)\": \(error)"
            if error.errno == ENOTDIR {
                text += ": Are you trying to mount a directory onto a file (or vice-versa)? "
                text += "Check if the specified host path exists and is the expected type"
            }
            throw RuntimeError(step: "mount", errno: error.errno, text: text)
        }
    }

    /// procfs and sysfs go to real directories only (ELOOP): a link in the image could put them where their files mean
    /// something else.
    private mutating func mountKernelTree(_ mount: Mount, _ destination: String, _ options: MountOptions) throws(RuntimeError) {
        let made = try attempt(mount) { () throws(SyscallError) -> MountFD in
            let target = try openRealDirectory(destination)
            try checkTarget(target, destination, isProc: mount.type == "proc")
            let made = try MountFD.create(type: mount.type, source: mount.type, parameters: options.parameters, attributes: options.set)
            try attach(made, options, to: target)
            return made
        }
        if mount.type == "proc", destination == "/proc" { procMount = made }
        if mount.type == "sysfs", destination == "/sys" { sysMount = made }
    }

    /// A directory that no link leads to, made when it is missing.
    private func openRealDirectory(_ destination: String) throws(SyscallError) -> Descriptor {
        do {
            return try root.open(destination, [.handle, .directory], resolve: [.inRoot, .noSymlinks])
        } catch  where error.errno == ENOENT {
            _ = try root.mkdirAll(destination)
            return try root.open(destination, [.handle, .directory], resolve: [.inRoot, .noSymlinks])
        }
    }

    private mutating func mountFileSystem(_ mount: Mount, _ destination: String, _ options: MountOptions) throws(RuntimeError) {
        let made = try attempt(mount) { () throws(SyscallError) -> MountFD in
            let existing = try permissions(of: destination)
            let target = try root.mkdirAll(destination)
            try checkTarget(target, destination)
            var parameters = options.parameters
            let hasMode = options.data.contains { $0.utf8.starts(with: "mode=".utf8) }
            if mount.type == "tmpfs", !hasMode, let existing {
                // A tmpfs over a directory looks like it: /tmp keeps its sticky bit.
                parameters.append(.string("mode", Array(String(existing, radix: 8).utf8)))
            }
            let source = mount.source.isEmpty ? mount.type : mount.source
            let made = try MountFD.create(type: mount.type, source: source, parameters: parameters, attributes: options.set)
            try attach(made, options, to: target)
            return made
        }
        if destination == "/dev", mount.type == "tmpfs" { deviceDirectory = made }
        if destination == "/dev/pts", mount.type == "devpts" { devpts = made }
    }

    /// nil where nothing is.
    private func permissions(of destination: String) throws(SyscallError) -> UInt32? {
        do { return try root.status(destination).permissions } catch  where error.errno == ENOENT { return nil }
    }

    private func attach(_ mount: MountFD, _ options: MountOptions, to target: Descriptor) throws(SyscallError) {
        if let propagation = options.propagation { try mount.change(propagation: propagation, recursive: options.propagatesRecursively) }
        try mount.attach(to: target)
    }

    // MARK: What may be mounted where

    /// Below /proc only these files may be covered (lxcfs shows a container its own limits through them).
    private static let coverable =
        "cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo net/dev sys/kernel/ns_last_pid sys/crypto/fips_enabled"

    /// RT-05: nothing may take the place of /proc but a procfs (EINVAL), and nothing in it may be covered (EPERM).
    /// Looked at the opened target, so that no spelling and no link leads around it.
    private func checkTarget(
        _ target: Descriptor, _ destination: String, bind: BindSource? = nil, isProc: Bool = false
    ) throws(SyscallError) {
        if isProc { return }
        if destination == "/proc" {
            guard let bind else { throw SyscallError("mount", "anything but a procfs at /proc", errno: EINVAL) }
            return try verifyInode(bind.mount.descriptor, is: .procRoot)
        }
        guard try target.fileSystemMagic() == FileSystemMagic.proc else { return }
        let inside = destination.utf8.starts(with: "/proc/".utf8) ? destination.utf8.dropFirst(6) : "".utf8[...]
        let allowed = RootFileSystem.coverable.utf8.split(separator: UInt8(ascii: " ")).contains { $0.elementsEqual(inside) }
        if !allowed { throw SyscallError("mount", "\(destination), which is inside /proc", errno: EPERM) }
    }

    /// The destination with single slashes, without `.`, `..` taken back: for comparing and showing. The kernel gets
    /// the same text, so what was compared is what is opened.
    static func clean(_ path: String) -> String {
        var kept: [[UInt8]] = []
        for component in pathComponents(path) {
            if component == [0x2e, 0x2e] { _ = kept.popLast() } else { kept.append(component) }
        }
        return "/" + kept.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }
}
