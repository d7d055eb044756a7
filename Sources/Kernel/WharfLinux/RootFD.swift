// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P1: work inside a tree that somebody else controls. Every path is resolved by the kernel below one directory
// descriptor (openat2), and every change is made on the parent's descriptor with one plain name. A path in such a tree
// is never looked up twice and never joined to a host path.

import CWharfLinux
import Glibc

/// A directory that is the root for paths which may come from an image, a container or an archive.
///
/// Paths may start with `/` or not: both begin at this directory. Links and `..` are resolved as after chroot, so no
/// path leads out. The lookup may cross mounts inside the tree unless `Resolve.noCrossing` is asked for.
public struct RootFD: Sendable {
    /// The directory; a handle (O_PATH) is enough.
    public let directory: Descriptor

    public init(_ directory: Descriptor) { self.directory = directory }

    /// Opens `path`. `permissions` count only with `.create`, where the last component is never followed.
    public func open(
        _ path: some KernelPath, _ flags: OpenFlags = .read, permissions: UInt32 = 0, resolve: Resolve = .inRoot
    ) throws(SyscallError) -> Descriptor {
        if flags.contains(.create) {
            let (parent, leaf) = try self.parent(of: path, resolve: resolve)
            return try openBeneath(parent, leaf, flags.union(.noFollow), permissions: permissions)
        }
        return try openBelow(directory, path, flags, permissions: permissions, resolve: resolve.union(.noMagicLinks))
    }

    /// The directory that holds `path`'s last component, and that component.
    ///
    /// A path without a last component (`/`, ``) or one that ends in `..` is EINVAL.
    public func parent(of path: some KernelPath, resolve: Resolve = .inRoot) throws(SyscallError) -> (Descriptor, leaf: [UInt8]) {
        var components = pathComponents(path)
        guard let leaf = components.popLast(), leaf != dotDot else { throw SyscallError("openat2", displayPath(path), errno: EINVAL) }
        if components.isEmpty { return (directory, leaf) }
        let parent = [UInt8](components.joined(separator: [UInt8(ascii: "/")]))
        let handle = try openBelow(directory, parent, [.handle, .directory], resolve: resolve.union(.noMagicLinks))
        return (handle, leaf)
    }

    /// What `path` is; the last component is followed unless it is told not to.
    public func status(_ path: some KernelPath, followingLast: Bool = true) throws(SyscallError) -> FileStatus {
        let flags: OpenFlags = followingLast ? .handle : [.handle, .noFollow]
        return try openBelow(directory, path, flags, resolve: [.inRoot, .noMagicLinks]).status()
    }

    /// The target of the link at `path`, as it was stored.
    public func readLink(_ path: some KernelPath) throws(SyscallError) -> [UInt8] {
        let link = try openBelow(directory, path, [.handle, .noFollow], resolve: [.inRoot, .noMagicLinks])
        return try link.linkTarget()
    }

    /// A new file that did not exist; open for reading and writing.
    public func create(_ path: some KernelPath, permissions: UInt32) throws(SyscallError) -> Descriptor {
        try open(path, [.readWrite, .create, .exclusive], permissions: permissions)
    }

    /// mkdir(2) of the last component.
    public func mkdir(_ path: some KernelPath, permissions: UInt32) throws(SyscallError) {
        let (parent, leaf) = try parent(of: path)
        try withPath(leaf, call: "mkdirat") { name throws(SyscallError) in
            try syscall("mkdirat", displayPath(path)) { mkdirat(parent.raw, name, mode_t(permissions)) }
        }
    }

    /// A new symbolic link at `path` that holds `target`.
    public func symlink(_ target: some KernelPath, at path: some KernelPath) throws(SyscallError) {
        let (parent, leaf) = try parent(of: path)
        try withPath(target, call: "symlinkat") { target throws(SyscallError) in
            try withPath(leaf, call: "symlinkat") { name throws(SyscallError) in
                try syscall("symlinkat", displayPath(path)) { symlinkat(target, parent.raw, name) }
            }
        }
    }

    /// A second name for the inode at `existing`; a link there is linked itself, not followed.
    public func link(_ existing: some KernelPath, at path: some KernelPath) throws(SyscallError) {
        let (source, sourceLeaf) = try parent(of: existing)
        let (parent, leaf) = try parent(of: path)
        try withPath(sourceLeaf, call: "linkat") { old throws(SyscallError) in
            try withPath(leaf, call: "linkat") { new throws(SyscallError) in
                try syscall("linkat", displayPath(path)) { linkat(source.raw, old, parent.raw, new, 0) }
            }
        }
    }

    /// A device node, FIFO or socket; `device` counts for devices only.
    public func mknod(
        _ path: some KernelPath, kind: FileKind, permissions: UInt32, device: DeviceNumber = DeviceNumber(major: 0, minor: 0)
    ) throws(SyscallError) {
        let type: UInt32
        switch kind {
        case .characterDevice: type = 0o020000
        case .blockDevice: type = 0o060000
        case .fifo: type = 0o010000
        case .socket: type = 0o140000
        case .regular: type = 0o100000
        case .directory, .symlink, .unknown: throw SyscallError("mknodat", displayPath(path), errno: EINVAL)
        }
        let (parent, leaf) = try parent(of: path)
        try withPath(leaf, call: "mknodat") { name throws(SyscallError) in
            try syscall("mknodat", displayPath(path)) { wharf_mknodat(parent.raw, name, type | permissions, device.encoded) }
        }
    }

    /// Removes a name that is not a directory.
    public func unlink(_ path: some KernelPath) throws(SyscallError) { try remove(path, flags: 0) }

    /// Removes an empty directory.
    public func rmdir(_ path: some KernelPath) throws(SyscallError) { try remove(path, flags: AT_REMOVEDIR) }

    private func remove(_ path: some KernelPath, flags: Int32) throws(SyscallError) {
        let (parent, leaf) = try parent(of: path)
        try withPath(leaf, call: "unlinkat") { name throws(SyscallError) in
            try syscall("unlinkat", displayPath(path)) { unlinkat(parent.raw, name, flags) }
        }
    }

    /// Gives `from` the name `to`; both in this tree. With `replacing: false` an existing name is EEXIST.
    public func rename(_ from: some KernelPath, to: some KernelPath, replacing: Bool = true) throws(SyscallError) {
        let (source, sourceLeaf) = try parent(of: from)
        let (target, targetLeaf) = try parent(of: to)
        try renameEntry(source, sourceLeaf, target, targetLeaf, replacing: replacing)
    }

    /// Removes `path` and everything below it; see `removeTree(in:_:)`. A missing name is not an error.
    public func removeTree(_ path: some KernelPath) throws(SyscallError) {
        let parent: Descriptor
        let leaf: [UInt8]
        do { (parent, leaf) = try self.parent(of: path) } catch  where error.errno == ENOENT { return }
        try WharfLinux.removeTree(in: parent, leaf)
    }

    /// The bytes of a regular file, at most `limit`. Anything but a regular file is EINVAL, found out without blocking
    /// (a FIFO or device in the place of a file hangs nobody); a longer file is EFBIG.
    public func readAll(_ path: some KernelPath, limit: Int) throws(SyscallError) -> [UInt8] {
        let file = try open(path, [.read, .nonBlocking, .noControllingTerminal])
        guard try file.status().kind == .regular else { throw SyscallError("read", displayPath(path), errno: EINVAL) }
        return try file.readAll(limit: limit)
    }
}

let dotDot: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: ".")]

extension Descriptor {
    /// The target of the symbolic link that this handle (O_PATH with noFollow) names.
    public func linkTarget() throws(SyscallError) -> [UInt8] {
        var target = [CChar](repeating: 0, count: 4097)
        let count = try syscall("readlinkat") { readlinkat(raw, "", &target, target.count) }
        if count == target.count { throw SyscallError("readlinkat", errno: ENAMETOOLONG) }
        return target[..<count].map { UInt8(bitPattern: $0) }
    }
}
