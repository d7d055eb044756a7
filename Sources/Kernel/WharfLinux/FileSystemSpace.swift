// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How much room a file system has: for those who fill it and must leave some for others.

import Glibc

/// What fstatvfs(3) tells about room.
public struct FileSystemSpace: Sendable, Equatable {
    /// Bytes of the whole file system.
    public let total: Int64
    /// Bytes that an ordinary process may still use.
    public let available: Int64
    /// Inodes that may still be made; `Int64.max` where the file system makes them as needed.
    public let availableInodes: Int64
}

extension Descriptor {
    /// The room on the file system that this lies on.
    public func fileSystemSpace() throws(SyscallError) -> FileSystemSpace {
        var status = statvfs()
        try syscall("fstatvfs") { fstatvfs(raw, &status) }
        let block = Int64(clamping: status.f_frsize)
        return FileSystemSpace(
            total: Int64(clamping: status.f_blocks).multipliedReportingOverflow(by: block).partialValue,
            available: Int64(clamping: status.f_bavail).multipliedReportingOverflow(by: block).partialValue,
            availableInodes: status.f_files == 0 ? .max : Int64(clamping: status.f_favail))
    }
}
