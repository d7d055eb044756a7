// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Writing a file so that a crash leaves the old bytes or the new ones: temporary name, fsync, rename, fsync of the
// directory.

import CWharfLinux
import Glibc

extension HostPath {
    /// Replaces the file by one that holds `bytes`.
    ///
    /// With `durable` the new file has reached the disk, name included, when this returns; without it only the order
    /// is kept (a reader sees old or new, a power cut may bring back the old or an empty one).
    public func writeAtomically(_ bytes: [UInt8], permissions: UInt32 = 0o644, durable: Bool = true) throws(SyscallError) {
        try WharfLinux.writeAtomically(bytes, in: try parent.openDirectory(), name: name, permissions: permissions, durable: durable)
    }
}

/// Replaces the entry `name` of `directory` (open for reading) by a file that holds `bytes`; see
/// `HostPath.writeAtomically`. The temporary name is `.NAME.tmp`, which a later write replaces.
public func writeAtomically(
    _ bytes: [UInt8], in directory: Descriptor, name: [UInt8], permissions: UInt32 = 0o644, durable: Bool = true
) throws(SyscallError) {
    let temporary = [UInt8(ascii: ".")] + name + Array(".tmp".utf8)
    let file = try createTemporary(temporary, in: directory)
    do {
        try file.writeAll(bytes)
        // After the write and whatever the umask: the permissions are part of what was asked for.
        try file.setPermissions(permissions)
        if durable { try file.sync() }
        try renameEntry(directory, temporary, directory, name)
    } catch {
        // The temporary file has no value without its rename; the first error is the one to tell.
        try? removeTree(in: directory, temporary)
        throw error
    }
    if durable { try directory.sync() }
}

/// A new file; what an earlier write left under its name goes away.
private func createTemporary(_ name: [UInt8], in directory: Descriptor) throws(SyscallError) -> Descriptor {
    let flags: OpenFlags = [.write, .create, .exclusive, .noFollow]
    do throws(SyscallError) {
        return try openBeneath(directory, name, flags, permissions: 0o600)
    } catch  where error.errno == EEXIST {
        try removeTree(in: directory, name)
        return try openBeneath(directory, name, flags, permissions: 0o600)
    }
}
