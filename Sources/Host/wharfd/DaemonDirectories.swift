// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The two top directories and who may look into them: other users neither read nor traverse the root, and of the exec-root
// only the socket's group reaches the socket.

import Glibc
import WharfError
import WharfLinux

/// Makes the top of the tree.
enum DaemonDirectories {
    /// Makes root (0710) and exec-root (0710, of the socket's group) where they are missing, and sets the modes of existing ones.
    ///
    /// - Throws: `WharfError` for a path that can't be a directory.
    static func prepare(root: HostPath, execRoot: HostPath, group: UInt32) throws(WharfError) {
        do {
            try make(root, group: 0)
            try make(execRoot, group: group)
            try (root / "containers").mkdir(permissions: 0o700, parents: false)
        } catch {
            throw WharfError(nil, "prepare the daemon's directories", error)
        }
    }

    private static func make(_ path: HostPath, group: UInt32) throws(SyscallError) {
        try path.parent.mkdir(permissions: 0o755)
        try path.mkdir(permissions: 0o710, parents: false)
        let directory = try path.openDirectory()
        try syscall("fchown", path.description) { fchown(directory.raw, 0, group) }
        try syscall("fchmod", path.description) { fchmod(directory.raw, 0o710) }
    }
}
