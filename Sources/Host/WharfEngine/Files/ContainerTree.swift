// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The file system of a container as a directory descriptor, for cp, export and their like. Of a container that runs it is the
// one that its processes see, found through the mount namespace of its first process; of one that does not it is mounted here,
// by descriptor, and attached to nothing that anybody could see. All paths below it go through openat2, inside this root.
//
//   runs:     /proc/PID/ns/mnt ── setns on a thread of its own ── "/" of that namespace (whatever root a process chose)
//   stopped:  overlay of the layers, detached; binds attached to it in a mount namespace that exists for this moment only

import Glibc
import WharfBlocking
import WharfError
import WharfLinux
import WharfShimProtocol

/// Which part of a container's file system is wanted.
enum ContainerTreeView: Sendable {
    /// With everything that is mounted in it.
    case whole
    /// The root file system alone.
    case own
}

/// Opens trees. Blocking.
enum ContainerTree {
    /// Of a container that runs.
    ///
    /// - Parameter pid: its first process.
    /// - Throws: ESRCH when the process is gone, or is another container's by now.
    static func live(_ pid: Int32, containerID: String, _ view: ContainerTreeView) throws(SyscallError) -> Descriptor {
        let namespace: Descriptor
        do throws(SyscallError) {
            let process = try HostPath("/proc/\(pid)").open([.read, .directory])
            // The directory is this very process's: its control group says whether the number was given to somebody else.
            let groups = try openBeneath(process, "cgroup", .read).readAll(limit: 1 << 20)
            guard contains(groups, Array(containerID.utf8)) else { throw SyscallError("openat2", "/proc/\(pid)", errno: ESRCH) }
            namespace = try openBelow(process, "ns/mnt", .read, resolve: [])
        } catch  where error.errno == ENOENT {
            throw SyscallError(error.call, error.path, errno: ESRCH)
        }
        return try onThread { () throws(SyscallError) in
            // A root and a current directory of the thread's own; setns wants that (CLONE_FS).
            try Namespaces.unshare(Namespaces(rawValue: 0x200))
            try Namespaces.enter(.mount, of: namespace)
            let root = try HostPath("/").open([.handle, .directory])
            return view == .whole ? root : try MountFD.clone(root).descriptor
        }
    }

    /// Of a container that does not run; its root file system is mounted nowhere else meanwhile.
    static func stopped(_ mounts: [RootMount], _ binds: [ContainerMount]) throws(SyscallError) -> Descriptor {
        guard let mount = mounts.first else { throw SyscallError("fsmount", "root file system", errno: ENOENT) }
        let root: Descriptor
        switch mount.kind {
        case .bind: root = try MountFD.clone(at: HostPath(mount.lower.first ?? "")).descriptor
        case .overlay:
            var lowers: [Descriptor] = []
            for path in mount.lower { lowers.append(try HostPath(path).open([.handle, .directory])) }
            root = try OverlayMount.make(
                lowers: lowers, upper: try HostPath(mount.upper).open([.handle, .directory]),
                work: try HostPath(mount.work).open([.handle, .directory]))
        }
        if binds.isEmpty { return root }
        return try onThread { () throws(SyscallError) in try joined(root, binds) }
    }

    /// The tree with the container's binds in their places. On a thread of its own, whose mount namespace ends with it.
    private static func joined(_ root: Descriptor, _ binds: [ContainerMount]) throws(SyscallError) -> Descriptor {
        try Namespaces.unshare(.mount)
        let host = MountFD(try HostPath("/").open([.handle, .directory]))
        try host.change(propagation: .private, recursive: true)
        var sources: [(ContainerMount, MountFD)] = []
        for bind in binds {
            let source = HostPath(bind.source)
            // What is not there yet is made by the next start.
            guard try source.exists() else { continue }
            let clone = try MountFD.clone(try source.open(.handle), recursive: !bind.isNonRecursive)
            if bind.isReadOnly { try clone.change(set: .readOnly) }
            sources.append((bind, clone))
        }
        let place = try MountFD.create(type: "tmpfs", source: "wharf-tree")
        try RootFD(place.descriptor).mkdir("root", permissions: 0o700)
        try place.attach(to: host.descriptor)
        try MountFD(root).attach(to: try openBelow(place.descriptor, "root", [.handle, .directory], resolve: [.beneath, .noSymlinks]))
        // Opened again: a descriptor from before the attaching names what lies below.
        let top = try openBelow(place.descriptor, "root", [.handle, .directory], resolve: [.beneath, .noSymlinks])
        for (bind, clone) in sources {
            let isDirectory = try clone.descriptor.status().kind == .directory
            let target = isDirectory ? try RootFD(top).mkdirAll(bind.destination) : try RootFD(top).touch(bind.destination)
            try clone.attach(to: target)
        }
        let tree = try MountFD.clone(top, recursive: true)
        try tree.change(propagation: .private, recursive: true)
        return tree.descriptor
    }

    private static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
        text.split(separator: UInt8(ascii: "\n")).contains { line in
            line.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual(word) }
        }
    }

    // MARK: Threads

    /// Written by the thread, read behind its end.
    private final class Outcome: @unchecked Sendable {
        var result: Result<Descriptor, SyscallError> = .failure(SyscallError("clone", "wharf-tree", errno: ESRCH))
    }

    /// Runs something that changes its thread's namespaces on a thread that ends with it.
    private static func onThread(
        _ body: @escaping @Sendable () throws(SyscallError) -> Descriptor
    ) throws(SyscallError) -> Descriptor {
        let outcome = Outcome()
        let thread = try JoinableThread("wharf-tree") { outcome.result = Result { () throws(SyscallError) in try body() } }
        thread.join()
        return try outcome.result.get()
    }
}
