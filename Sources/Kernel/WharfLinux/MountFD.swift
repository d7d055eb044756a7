// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P3: mounts as descriptors. A mount is made detached, gets its attributes, and is then attached to a target that was
// opened before: there is no moment at which it is visible without them, and no path that could be exchanged.

import CWharfLinux
import Glibc

/// Attributes of a mount (mount_setattr(2), MOUNT_ATTR_*).
public struct MountAttributes: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let readOnly = MountAttributes(rawValue: 0x1)
    public static let noSetuid = MountAttributes(rawValue: 0x2)
    public static let noDevices = MountAttributes(rawValue: 0x4)
    public static let noExec = MountAttributes(rawValue: 0x8)
    public static let noAccessTime = MountAttributes(rawValue: 0x10)
    public static let strictAccessTime = MountAttributes(rawValue: 0x20)
    public static let noDirectoryAccessTime = MountAttributes(rawValue: 0x80)
    public static let noFollowSymlinks = MountAttributes(rawValue: 0x20_0000)
    /// The field of which `noAccessTime` and `strictAccessTime` are values; cleared as a whole when one is set.
    static let accessTimeField: UInt64 = 0x70
}

/// How mounts and unmounts travel between copies of a mount (mount_namespaces(7)).
public enum MountPropagation: UInt64, Sendable {
    case `private` = 0x4_0000
    case slave = 0x8_0000
    case shared = 0x10_0000
    case unbindable = 0x2_0000
}

/// A parameter of a new file system.
public enum MountParameter: Sendable {
    /// `key` alone: `nodev`-like switches of the file system itself.
    case flag(String)
    case string(String, [UInt8])
    /// A directory by descriptor (overlay's `lowerdir+` since 6.13).
    case descriptor(String, Descriptor)
}

/// A mount, attached or not. The descriptor is a handle of its root directory.
public struct MountFD: Sendable {
    public let descriptor: Descriptor

    /// Takes over a descriptor that fsmount or open_tree gave.
    public init(_ descriptor: Descriptor) { self.descriptor = descriptor }

    /// A new file system of `type`, detached. `source` is the name that /proc/mounts will show.
    public static func create(
        type: String, source: String? = nil, parameters: [MountParameter] = [], attributes: MountAttributes = []
    ) throws(SyscallError) -> MountFD {
        let context = try FileSystemContext(type: type)
        if let source { try context.set(.string("source", Array(source.utf8))) }
        for parameter in parameters { try context.set(parameter) }
        return try context.mount(attributes)
    }

    /// A copy of the mount at an opened place (a bind), detached. `recursive` copies the mounts below it too.
    ///
    /// The place must be in the caller's mount namespace.
    public static func clone(_ place: Descriptor, recursive: Bool = false) throws(SyscallError) -> MountFD {
        // OPEN_TREE_CLONE 1, AT_EMPTY_PATH 0x1000, AT_RECURSIVE 0x8000, OPEN_TREE_CLOEXEC.
        let flags = UInt32(1 | 0x1000 | (recursive ? 0x8000 : 0)) | UInt32(bitPattern: O_CLOEXEC)
        return MountFD(Descriptor(owning: try syscall("open_tree") { wharf_open_tree(place.raw, "", flags) }))
    }

    /// A copy of the mount at a trusted path, detached; a link is followed. For places that need no look before.
    public static func clone(at path: HostPath) throws(SyscallError) -> MountFD {
        try withPath(path.pathBytes, call: "open_tree") { text throws(SyscallError) in
            // AT_FDCWD, OPEN_TREE_CLONE 1.
            let number = try syscall("open_tree", path.description) { wharf_open_tree(AT_FDCWD, text, 1 | UInt32(bitPattern: O_CLOEXEC)) }
            return MountFD(Descriptor(owning: number))
        }
    }

    /// Sets and clears attributes and, if given, the propagation.
    public func change(
        set: MountAttributes = [], clear: MountAttributes = [], propagation: MountPropagation? = nil, recursive: Bool = false
    ) throws(SyscallError) {
        var cleared = clear.rawValue
        let accessTime = MountAttributes([.noAccessTime, .strictAccessTime])
        if !set.union(clear).intersection(accessTime).isEmpty { cleared |= MountAttributes.accessTimeField }
        let flags = UInt32(Descriptor.emptyPath) | (recursive ? 0x8000 : 0)
        try syscall("mount_setattr") {
            wharf_mount_setattr(descriptor.raw, "", flags, set.rawValue, cleared, propagation?.rawValue ?? 0, 0)
        }
    }

    /// Shifts owners by a user namespace's maps; only before the mount is attached. Needs a file system that can.
    public func mapOwners(by userNamespace: Descriptor, recursive: Bool = false) throws(SyscallError) {
        let flags = UInt32(Descriptor.emptyPath) | (recursive ? 0x8000 : 0)
        try syscall("mount_setattr", "idmap") {
            wharf_mount_setattr(descriptor.raw, "", flags, 0x10_0000, 0, 0, userNamespace.raw)
        }
    }

    /// Sets parameters of the file system behind a mount, for all its mounts (a remount). The place must be the mount's
    /// root directory, else EINVAL.
    public static func reconfigure(_ place: Descriptor, parameters: [MountParameter]) throws(SyscallError) {
        let context = try FileSystemContext(of: place)
        for parameter in parameters { try context.set(parameter) }
        try context.reconfigure()
    }

    /// Attaches the mount on top of an opened place of the caller's mount namespace.
    public func attach(to target: Descriptor) throws(SyscallError) {
        // MOVE_MOUNT_F_EMPTY_PATH 4, MOVE_MOUNT_T_EMPTY_PATH 0x40.
        try syscall("move_mount") { wharf_move_mount(descriptor.raw, "", target.raw, "", 0x44) }
    }
}

/// A file system that is being configured (fsopen(2)).
public struct FileSystemContext: Sendable {
    private let descriptor: Descriptor
    private let type: String

    public init(type: String) throws(SyscallError) {
        self.type = type
        descriptor = Descriptor(
            owning: try withPath(type, call: "fsopen") { name throws(SyscallError) in
                try syscall("fsopen", type) { wharf_fsopen(name, 1 /* FSOPEN_CLOEXEC */) }
            })
    }

    /// Of the file system that is mounted at `place`, to change it.
    init(of place: Descriptor) throws(SyscallError) {
        type = "remount"
        // FSPICK_CLOEXEC 1, FSPICK_EMPTY_PATH 8.
        descriptor = Descriptor(owning: try syscall("fspick") { wharf_fspick(place.raw, "", 9) })
    }

    /// Sets one parameter. The error's path names it; the kernel's own words are in `messages()`.
    public func set(_ parameter: MountParameter) throws(SyscallError) {
        switch parameter {
        case .flag(let key):
            try configure(0, key) { key in wharf_fsconfig(descriptor.raw, 0, key, nil, 0) }
        case .string(let key, let value):
            try configure(1, key) { name throws(SyscallError) in
                try withPath(value, call: "fsconfig") { text in wharf_fsconfig(descriptor.raw, 1, name, text, 0) }
            }
        case .descriptor(let key, let place):
            try configure(5, key) { key in wharf_fsconfig(descriptor.raw, 5, key, nil, place.raw) }
        }
    }

    private func configure(
        _ command: UInt32, _ key: String, _ body: (UnsafePointer<CChar>) throws(SyscallError) -> Int32
    ) throws(SyscallError) {
        try withPath(key, call: "fsconfig") { name throws(SyscallError) in
            if try body(name) != 0 { throw SyscallError("fsconfig", "\(type) \(key)", errno: errno) }
        }
    }

    /// Creates the superblock and a detached mount of it.
    public func mount(_ attributes: MountAttributes = []) throws(SyscallError) -> MountFD {
        try command(6 /* FSCONFIG_CMD_CREATE */)
        let number = try syscall("fsmount", type) { wharf_fsmount(descriptor.raw, 1, UInt32(attributes.rawValue)) }
        return MountFD(Descriptor(owning: number))
    }

    /// Gives the parameters to the file system that was picked.
    func reconfigure() throws(SyscallError) { try command(7 /* FSCONFIG_CMD_RECONFIGURE */) }

    private func command(_ command: UInt32) throws(SyscallError) {
        if wharf_fsconfig(descriptor.raw, command, nil, nil, 0) == 0 { return }
        let number = errno
        let words = messages()
        throw SyscallError("fsconfig", words.isEmpty ? type : "\(type): \(words)", errno: number)
    }

    /// What the file system said about the last failure; empty when it said nothing.
    public func messages() -> String {
        var lines: [String] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while lines.count < 8 {
            let count = Glibc.read(descriptor.raw, &buffer, buffer.count)
            if count <= 0 { break }
            lines.append(String(decoding: buffer[..<count].filter { $0 >= 0x20 }, as: UTF8.self))
        }
        return lines.joined(separator: "; ")
    }
}

/// Swaps the caller's root: `root`, an attached mount, becomes `/`, and everything that was `/` is detached.
/// Afterwards the current directory is the new root.
public func pivotRoot(to root: Descriptor) throws(SyscallError) {
    try syscall("fchdir", "new root") { fchdir(root.raw) }
    // Both at the same place: the old root lies on top of the new one until it is detached (pivot_root(2)).
    try syscall("pivot_root") { wharf_pivot_root(".", ".") }
    try syscall("umount2", "old root") { wharf_umount2(".", 2 /* MNT_DETACH */) }
    try syscall("chdir", "/") { chdir("/") }
}

/// The way without pivot_root, for a host whose root is the initial ramfs: `root`, which is attached on top of `/`,
/// becomes the root and the current directory. What lies below it stays mounted; nothing leads there any more.
public func enterRoot(_ root: Descriptor) throws(SyscallError) {
    try syscall("fchdir", "new root") { fchdir(root.raw) }
    try syscall("chroot", "new root") { chroot(".") }
    try syscall("chdir", "/") { chdir("/") }
}

/// Detaches the topmost mount at `place`, with everything below it, from the caller's mount namespace. EINVAL when
/// nothing is mounted exactly there, or when a user namespace may not take it away.
///
/// The current directory moves to `place`.
public func detachMount(at place: Descriptor) throws(SyscallError) {
    try syscall("fchdir") { fchdir(place.raw) }
    try syscall("umount2") { wharf_umount2(".", 2 /* MNT_DETACH */) }
}
