// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What open takes: flags and, for openat2, the rules by which a path may be resolved. Values of the generic ABI
// (include/uapi/asm-generic/fcntl.h and linux/openat2.h), the same on x86-64 and arm64 except where said.

import Glibc

/// Flags of open(2). Close-on-exec is always added and has no name here.
public struct OpenFlags: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    private init(_ flag: Int32) { rawValue = UInt64(UInt32(bitPattern: flag)) }

    public static let read = OpenFlags(O_RDONLY)
    public static let write = OpenFlags(O_WRONLY)
    public static let readWrite = OpenFlags(O_RDWR)
    public static let create = OpenFlags(O_CREAT)
    /// With `create`: the name must not exist, and a symbolic link is not followed.
    public static let exclusive = OpenFlags(O_EXCL)
    public static let truncate = OpenFlags(O_TRUNC)
    public static let append = OpenFlags(O_APPEND)
    public static let nonBlocking = OpenFlags(O_NONBLOCK)
    /// A terminal does not become the controlling one.
    public static let noControllingTerminal = OpenFlags(O_NOCTTY)
    public static let directory = OpenFlags(O_DIRECTORY)
    /// The last component must not be a symbolic link; with `handle` the link itself is opened.
    public static let noFollow = OpenFlags(O_NOFOLLOW)
    /// O_PATH: a handle that names an inode and can't read or write it.
    public static let handle = OpenFlags(rawValue: 0o10000000)
    /// O_TMPFILE: a file without a name in the directory that is opened.
    public static let temporary = OpenFlags(rawValue: 0o20000000 | UInt64(UInt32(bitPattern: O_DIRECTORY)))

    /// What goes to the kernel.
    var kernelValue: UInt64 { rawValue | UInt64(UInt32(bitPattern: O_CLOEXEC)) }
}

/// How openat2 resolves a path (linux/openat2.h).
public struct Resolve: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// No mount point is crossed (EXDEV).
    public static let noCrossing = Resolve(rawValue: 0x01)
    /// No /proc-style link is followed (ELOOP).
    public static let noMagicLinks = Resolve(rawValue: 0x02)
    /// No symbolic link is followed anywhere (ELOOP).
    public static let noSymlinks = Resolve(rawValue: 0x04)
    /// The path may not leave the directory, also not by an absolute link (EXDEV).
    public static let beneath = Resolve(rawValue: 0x08)
    /// The directory is `/` for absolute paths, `..` and links, as after chroot.
    public static let inRoot = Resolve(rawValue: 0x10)
}
