// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Being told that something in a directory changed (inotify(7)), instead of looking again and again.

import CWharfLinux
import Glibc

/// A watch on the files of one directory: written to, made, moved in, removed. What exactly is not told.
public struct DirectoryWatch: Sendable {
    /// Readable after a change; call `drain()` then.
    public let descriptor: Descriptor

    /// Watches a trusted path. ENOENT when there is no such directory.
    public init(_ directory: HostPath) throws(SyscallError) {
        descriptor = Descriptor(owning: try syscall("inotify_init1") { wharf_inotify() })
        let events = UInt32(IN_MODIFY) | UInt32(IN_CREATE) | UInt32(IN_MOVED_TO) | UInt32(IN_DELETE)
        try withPath(directory.pathBytes, call: "inotify_add_watch") { name throws(SyscallError) in
            try syscall("inotify_add_watch", directory.description) { inotify_add_watch(descriptor.raw, name, events) }
        }
    }

    /// Takes the reports that wait.
    public func drain() throws(SyscallError) {
        try withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer throws(SyscallError) in
            while true {
                do throws(SyscallError) {
                    if try descriptor.read(into: buffer) <= 0 { return }
                } catch  where error.errno == EAGAIN {
                    return
                }
            }
        }
    }
}
