// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P4: is an opened inode what its name claims? /dev/null and a terminal are trusted only after this check.

import Glibc

/// What an inode must be.
public enum ExpectedInode: Sendable {
    /// The null device: character 1:3.
    case null
    /// A devpts multiplexer: inode 2 of a devpts, character 5:2.
    case terminalMultiplexer
    /// A terminal of a devpts: character major 136...143.
    case terminal
    /// A directory that is the root of a procfs.
    case procRoot
    /// A directory that is the root of a sysfs.
    case sysfsRoot
    /// Any character or block device of this number.
    case device(FileKind, DeviceNumber)
}

/// Throws ENXIO when the inode behind `descriptor` (a handle is enough) is not `expected`.
public func verifyInode(_ descriptor: Descriptor, is expected: ExpectedInode) throws(SyscallError) {
    let status = try descriptor.status()
    let magic = try descriptor.fileSystemMagic()
    let number = DeviceNumber(major: status.deviceMajor, minor: status.deviceMinor)
    let matches: Bool
    let what: String
    switch expected {
    case .null:
        what = "null device"
        matches = status.kind == .characterDevice && number == DeviceNumber(major: 1, minor: 3)
    case .terminalMultiplexer:
        what = "terminal multiplexer"
        let device = status.kind == .characterDevice && number == DeviceNumber(major: 5, minor: 2)
        matches = device && status.inode == 2 && magic == FileSystemMagic.devpts
    case .terminal:
        what = "terminal"
        let device = status.kind == .characterDevice && (136...143).contains(number.major)
        matches = device && magic == FileSystemMagic.devpts
    case .procRoot:
        what = "procfs"
        matches = status.kind == .directory && status.inode == 1 && magic == FileSystemMagic.proc
    case .sysfsRoot:
        what = "sysfs"
        matches = status.kind == .directory && magic == FileSystemMagic.sysfs
    case .device(let kind, let device):
        what = "device \(device.major):\(device.minor)"
        matches = status.kind == kind && number == device
    }
    if !matches { throw SyscallError("verify", what, errno: ENXIO) }
}
