// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What both drivers do with a snapshot's files: open them, take over a root's attributes, count them.

import WharfLinux

extension SnapshotFolder {
    /// Makes an empty layer and opens its tree.
    func prepareLayer(_ key: String) throws(SnapshotError) -> Descriptor {
        try make(key, kind: .partial, parent: nil) { _ throws(SnapshotError) in }
        let entry = try entry(key)
        return try system { () throws(SyscallError) in try files(entry.number).openDirectory() }
    }

    /// Gives the root of one tree the owner and permissions of another's.
    func copyRootAttributes(from source: Entry, to target: Entry) throws(SnapshotError) {
        try system { () throws(SyscallError) in
            let status = try files(source.number).status()
            let directory = try files(target.number).openDirectory()
            try directory.setOwner(uid: status.uid, gid: status.gid)
            try directory.setPermissions(status.permissions)
        }
    }

    /// Counts what a snapshot holds. Files that come and go meanwhile are counted or not.
    func usage(_ key: String) throws(SnapshotError) -> SnapshotUsage {
        let entry = try entry(key)
        return try system { () throws(SyscallError) in
            let top = try files(entry.number).openDirectory()
            var usage = SnapshotUsage()
            var linked: Set<UInt64> = []
            var stack = [(directory: top, entries: try top.directoryEntries())]
            usage.inodes = 1
            usage.bytes = try top.status().blocks * 512
            while !stack.isEmpty {
                guard let item = stack[stack.count - 1].entries.popLast() else {
                    stack.removeLast()
                    continue
                }
                let here = stack[stack.count - 1].directory
                let status: FileStatus
                do throws(SyscallError) {
                    status = try openBelow(here, item.name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks]).status()
                } catch  where error.errno == 2 {
                    continue
                }
                if status.links > 1, status.kind != .directory, !linked.insert(status.inode).inserted { continue }
                usage.inodes += 1
                usage.bytes += status.blocks * 512
                guard status.kind == .directory else { continue }
                let next = try openBeneath(here, item.name, [.read, .directory, .noFollow])
                stack.append((next, try next.directoryEntries()))
            }
            return usage
        }
    }
}
