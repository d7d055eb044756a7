// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A unix socket's path of any length, taken apart into its directory, which is opened, and a name below it: the
// address of a socket holds at most 107 bytes, and a data root may be deeper.

import Glibc
import WharfLinux

/// Where a unix socket lies.
struct SocketPath {
    private let parent: String
    private let name: String

    /// Splits at the last slash. A path without one lies in the current directory.
    init(_ path: String) {
        let bytes = path.utf8
        let cut = bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.index(after: $0) } ?? bytes.startIndex
        parent = cut == bytes.startIndex ? "." : String(path[..<cut])
        name = String(path[cut...])
    }

    /// A connected socket, blocking.
    func connect() throws(SyscallError) -> Descriptor {
        try UnixSocket.connect(in: try directory(), name: name)
    }

    /// A listening socket with permission bits `mode`, given to group `group` where one is named.
    ///
    /// A socket that a dead process left is replaced; a living one is EADDRINUSE.
    func listen(mode: UInt32, group: UInt32?) throws(SyscallError) -> Descriptor {
        let directory = try directory()
        let socket = try UnixSocket.listen(in: directory, name: name, backlog: 1024)
        if let group {
            try syscall("fchownat", name) { fchownat(directory.raw, name, uid_t.max, group, Int32(AT_SYMLINK_NOFOLLOW)) }
        }
        // Last, so that nobody is let in before the group is right.
        try syscall("fchmodat", name) { fchmodat(directory.raw, name, mode_t(mode), 0) }
        return socket
    }

    /// Removes the name, when the server that made it goes.
    func remove() throws(SyscallError) {
        let directory = try directory()
        try syscall("unlinkat", name) { unlinkat(directory.raw, name, 0) }
    }

    private func directory() throws(SyscallError) -> Descriptor { try HostPath(parent).openDirectory() }
}
