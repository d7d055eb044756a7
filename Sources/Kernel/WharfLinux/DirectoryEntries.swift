// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Listing a directory through its descriptor (getdents64), with a cap on the number of entries.

import CWharfLinux
import Glibc

/// One name in a directory.
public struct DirectoryEntry: Sendable, Equatable {
    /// One path component, any bytes but `/` and NUL.
    public let name: [UInt8]
    /// `unknown` where the file system doesn't tell: ask for the status then.
    public let kind: FileKind
}

extension Descriptor {
    /// Every name in this directory but `.` and `..`, in the kernel's order; more than `limit` is E2BIG.
    /// Reads from the start each time. Not for a handle (O_PATH).
    public func directoryEntries(limit: Int = 10_000_000) throws(SyscallError) -> [DirectoryEntry] {
        try seek(to: 0)
        var entries: [DirectoryEntry] = []
        while let batch = try nextDirectoryEntries() {
            entries += batch
            if entries.count > limit { throw SyscallError("getdents64", errno: E2BIG) }
        }
        return entries
    }

    /// The next batch of names from where the descriptor stands, nil at the end.
    public func nextDirectoryEntries() throws(SyscallError) -> [DirectoryEntry]? {
        try withUnsafeTemporaryAllocation(byteCount: 32768, alignment: 8) { buffer throws(SyscallError) -> [DirectoryEntry]? in
            let count = try syscall("getdents64") { wharf_getdents64(raw, buffer.baseAddress, buffer.count) }
            if count == 0 { return nil }
            var entries: [DirectoryEntry] = []
            // struct linux_dirent64: inode u64, offset u64, length u16, type u8, name with NUL.
            var at = 0
            while at + 19 <= count {
                let length = Int(buffer.loadUnaligned(fromByteOffset: at + 16, as: UInt16.self))
                let name = Array(buffer[(at + 19)..<(at + length)].prefix { $0 != 0 })
                if name != [0x2e] && name != [0x2e, 0x2e] {
                    entries.append(DirectoryEntry(name: name, kind: FileKind(directoryType: buffer[at + 18])))
                }
                at += length
            }
            return entries
        }
    }
}

extension FileKind {
    /// From the d_type of getdents64.
    init(directoryType: UInt8) {
        self =
            switch directoryType {
            case 8: .regular
            case 4: .directory
            case 10: .symlink
            case 2: .characterDevice
            case 6: .blockDevice
            case 1: .fifo
            case 12: .socket
            default: .unknown
            }
    }
}
