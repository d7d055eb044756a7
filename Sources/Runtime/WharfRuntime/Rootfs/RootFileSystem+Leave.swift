// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Leaving the host's tree without pivot_root (`--no-pivot`, for a host whose root is the initial ramfs). The root then
// lies on top of the host's for ever, so everything that the host has mounted is taken out of the namespace first: a
// procfs or sysfs that is still there, though out of reach, would let a user namespace make another one.

import Glibc
import WharfLinux

extension RootFileSystem {
    func leaveHost(for root: Descriptor) throws(SyscallError) {
        let places = HostMounts(try ProcFD().openSelf("mountinfo").readAll(limit: 16 << 20)).beneathRoot
        for place in places { try detachAll(at: HostPath(place)) }
        try enterRoot(root)
    }

    /// Mounts lie on each other at one place; all of them go. What a user namespace may not detach is covered instead.
    private func detachAll(at place: HostPath) throws(SyscallError) {
        var detached = 0
        while detached < 64 {
            let handle = try place.open(.handle)
            let isDirectory = try handle.status().kind == .directory
            do {
                // Nothing can make a file's mount the current directory; a file is no procfs either.
                if !isDirectory { return }
                try detachMount(at: handle)
            } catch  where error.errno == EINVAL || error.errno == EPERM {
                if detached > 0 { return }
                let cover = try MountFD.create(
                    type: "tmpfs", source: "tmpfs", parameters: [.string("size", [UInt8(ascii: "0")])],
                    attributes: [.readOnly, .noSetuid, .noDevices, .noExec])
                return try cover.attach(to: handle)
            }
            detached += 1
        }
    }
}

/// The mounts of a process whose root has another one lying on it.
struct HostMounts {
    /// The mount points directly below the covered root, unescaped, topmost last.
    let beneathRoot: [[UInt8]]

    /// From the text of a mountinfo file (proc_pid_mountinfo(5)).
    init(_ mountInfo: [UInt8]) {
        var lines: [(id: [UInt8], parent: [UInt8], place: [UInt8])] = []
        for line in mountInfo.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
            if fields.count > 5 { lines.append((Array(fields[0]), Array(fields[1]), MountInfo.unescape(fields[4]))) }
        }
        // The covering mount is the one at `/` that no other mount at `/` lies on; its parent is the host's root.
        let tops = lines.filter { $0.place == [UInt8(ascii: "/")] }
        let cover = tops.last { candidate in !tops.contains { $0.parent == candidate.id } }
        beneathRoot = lines.filter { $0.parent == cover?.parent && $0.id != cover?.id }.map(\.place)
    }
}
