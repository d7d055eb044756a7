// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The directory that the last entry went into. Archives list a directory's entries in a row, so the next one mostly goes
// there too: its parent is resolved again only when the path changed, or when something was removed since (which is the
// one way in which a path that could be resolved comes to mean something else).

import WharfLinux

/// One resolved parent and what new entries get from it by themselves.
struct ParentDirectory {
    /// A handle.
    let directory: Descriptor
    /// The path that it was resolved from, cleaned.
    let path: [UInt8]
    /// The group that new entries get whatever the file system's rule for it: nil where that depends.
    let group: UInt32?

    init(_ directory: Descriptor, path: [UInt8], processGroup: UInt32) throws(SyscallError) {
        self.directory = directory
        self.path = path
        let status = try directory.status()
        // setgid on the directory, or the mount option grpid, hand the directory's group down.
        group = status.gid == processGroup && status.permissions & 0o2000 == 0 ? processGroup : nil
    }

    func isFor(_ other: UnsafeBufferPointer<UInt8>) -> Bool {
        path.count == other.count && path.withUnsafeBufferPointer { $0.elementsEqual(other) }
    }
}
