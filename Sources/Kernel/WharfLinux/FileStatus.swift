// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What an inode is: the part of stat(2) that the product uses, and the magic numbers of file systems that a
// verified open asks for (statfs(2), linux/magic.h).

import CWharfLinux
import Glibc

/// A file's type, from the upper bits of its mode.
public enum FileKind: Sendable, Equatable {
    case regular, directory, symlink, characterDevice, blockDevice, fifo, socket, unknown
}

/// What stat(2) tells.
public struct FileStatus: Sendable, Equatable {
    public let kind: FileKind
    /// Permission bits with setuid, setgid and sticky: 0...0o7777.
    public let permissions: UInt32
    public let uid: UInt32
    public let gid: UInt32
    /// Bytes.
    public let size: Int64
    /// Blocks of 512 bytes that are really allocated.
    public let blocks: Int64
    /// Number of the file system's device.
    public let device: UInt64
    public let inode: UInt64
    public let links: UInt64
    /// For device nodes, which device.
    public let deviceMajor: UInt32
    public let deviceMinor: UInt32
    /// Seconds and nanoseconds since 1970.
    public let modified: (seconds: Int64, nanoseconds: Int64)
    public let changed: (seconds: Int64, nanoseconds: Int64)
    public let accessed: (seconds: Int64, nanoseconds: Int64)

    init(_ raw: stat) {
        kind =
            switch raw.st_mode & 0o170000 {
            case 0o100000: .regular
            case 0o040000: .directory
            case 0o120000: .symlink
            case 0o020000: .characterDevice
            case 0o060000: .blockDevice
            case 0o010000: .fifo
            case 0o140000: .socket
            default: .unknown
            }
        permissions = UInt32(raw.st_mode & 0o7777)
        (uid, gid) = (raw.st_uid, raw.st_gid)
        size = Int64(raw.st_size)
        blocks = Int64(raw.st_blocks)
        (device, inode) = (UInt64(raw.st_dev), UInt64(raw.st_ino))
        links = UInt64(raw.st_nlink)
        let number = DeviceNumber(encoded: UInt64(raw.st_rdev))
        (deviceMajor, deviceMinor) = (number.major, number.minor)
        modified = (Int64(raw.st_mtim.tv_sec), Int64(raw.st_mtim.tv_nsec))
        changed = (Int64(raw.st_ctim.tv_sec), Int64(raw.st_ctim.tv_nsec))
        accessed = (Int64(raw.st_atim.tv_sec), Int64(raw.st_atim.tv_nsec))
    }

    public static func == (left: FileStatus, right: FileStatus) -> Bool {
        left.device == right.device && left.inode == right.inode && left.kind == right.kind
            && left.permissions == right.permissions && left.uid == right.uid && left.gid == right.gid
            && left.size == right.size && left.modified == right.modified
    }

    /// Whether both name the same inode of the same file system.
    public func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}

/// A device number in the kernel's encoding for user space (glibc's gnu_dev_makedev).
public struct DeviceNumber: Sendable, Equatable {
    public let major: UInt32
    public let minor: UInt32

    public init(major: UInt32, minor: UInt32) {
        self.major = major
        self.minor = minor
    }

    public init(encoded: UInt64) {
        major = UInt32((encoded >> 8) & 0xfff) | UInt32((encoded >> 32) & 0xffff_f000)
        minor = UInt32(encoded & 0xff) | UInt32((encoded >> 12) & 0xffff_ff00)
    }

    public var encoded: UInt64 {
        UInt64(major & 0xfff) << 8 | UInt64(major & 0xffff_f000) << 32 | UInt64(minor & 0xff) | UInt64(minor & 0xffff_ff00) << 12
    }
}

/// Magic numbers of file systems as statfs(2) tells them.
public enum FileSystemMagic {
    public static let proc: Int64 = 0x9fa0
    public static let sysfs: Int64 = 0x6265_6572
    public static let tmpfs: Int64 = 0x0102_1994
    public static let devpts: Int64 = 0x1cd1
    public static let overlay: Int64 = 0x794c_7630
    public static let cgroup: Int64 = 0x0027_e0eb
    public static let cgroup2: Int64 = 0x6367_7270
    public static let nsfs: Int64 = 0x6e73_6673
}

extension Descriptor {
    /// fstat(2); works on a handle (O_PATH) too.
    public func status() throws(SyscallError) -> FileStatus {
        var status = stat()
        try syscall("fstat") { fstat(raw, &status) }
        return FileStatus(status)
    }

    /// The magic number of the file system that this lies on; works on a handle too.
    public func fileSystemMagic() throws(SyscallError) -> Int64 {
        try syscall("fstatfs") { wharf_fs_magic(raw) }
    }
}
