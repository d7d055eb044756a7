// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The steps below an entry's kind: its parent, making room for a name, whiteouts.

import Glibc
import WharfLinux

extension FileStatus {
    /// Overlay's mark for a name that is gone: a character device 0:0.
    var isWhiteout: Bool { kind == .characterDevice && deviceMajor == 0 && deviceMinor == 0 }
}

extension Extractor {
    /// The directory that an entry goes into; missing ones are made.
    func openParent(_ path: EntryPath, _ entry: [UInt8], flags: OpenFlags = [.handle, .directory]) throws(ArchiveError) -> Descriptor {
        do {
            return try openBelow(root.directory, path.bytes, flags, resolve: [.inRoot, .noMagicLinks])
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            try makeParents(path, entry)
        } catch {
            throw .system(entry: show(entry), error)
        }
        return try system(entry) { () throws(SyscallError) in
            try openBelow(root.directory, path.bytes, flags, resolve: [.inRoot, .noMagicLinks])
        }
    }

    /// Makes the directories of `path` that are missing, and notes them. A whiteout that stands in the way is replaced
    /// by an opaque directory: the layer removed a tree and put another in its place.
    private func makeParents(_ path: EntryPath, _ entry: [UInt8]) throws(ArchiveError) {
        var done: [[UInt8]] = []
        for component in path.components {
            let here = EntryPath(components: done)
            done.append(component)
            let target = EntryPath(components: done)
            do {
                _ = try openBelow(root.directory, target.bytes, [.handle, .directory], resolve: [.inRoot, .noMagicLinks])
                continue
            } catch  where error.errno == ENOENT {
                try makeImplied(target, entry)
            } catch  where error.errno == ENOTDIR && whiteouts == .overlay {
                let parent = try openParent(here, entry)
                guard try status(parent, component, entry).isWhiteout else { throw .system(entry: show(entry), error) }
                try remove(parent, component, entry)
                try makeImplied(target, entry)
                try setOpaque(openParent(target, entry, flags: [.read, .directory]), entry)
            } catch {
                throw .system(entry: show(entry), error)
            }
        }
    }

    private func makeImplied(_ path: EntryPath, _ entry: [UInt8]) throws(ArchiveError) {
        // A link that leads nowhere yet gets its target made inside the root.
        let directory = try system(entry) { () throws(SyscallError) in try root.mkdirAll(path.bytes, permissions: 0o755) }
        try system(entry) { () throws(SyscallError) in try directory.setPermissions(0o755) }
        summary.impliedDirectories.append(path.bytes)
    }

    /// Makes a name that must be new, in the current parent; what stands there from before is removed first.
    func replacing<Result>(_ entry: [UInt8], _ make: () throws(SyscallError) -> Result) throws(ArchiveError) -> Result {
        do {
            return try make()
        } catch  where error.errno == EEXIST {
            try remove(entry)
        } catch {
            throw .system(entry: show(entry), error)
        }
        return try system(entry, make)
    }

    /// Removes what stands at the path of the entry at hand.
    func remove(_ entry: [UInt8]) throws(ArchiveError) {
        let parent = try currentParent(entry)
        try remove(parent.directory, path.leafBytes, entry)
    }

    /// Removes a name with everything below it. Paths may mean something else afterwards.
    func remove(_ parent: Descriptor, _ leaf: [UInt8], _ entry: [UInt8]) throws(ArchiveError) {
        self.parent = nil
        try system(entry) { () throws(SyscallError) in try removeTree(in: parent, leaf) }
    }

    /// A second name for an inode of this archive. The target's parent is resolved inside the root, its last name is not
    /// followed.
    func makeHardLink(_ entry: TarEntry, _ parent: ParentDirectory) throws(ArchiveError) {
        var target = PathBuffer()
        try target.set(entry.linkName)
        guard !target.isRoot else { throw .unsafe(entry: show(entry.name), "is a hard link to the root") }
        let source =
            try target.parentCount == 0
            ? root.directory
            : system(entry.name) { () throws(SyscallError) in
                try openBelow(root.directory, Array(target.parent), [.handle, .directory], resolve: [.inRoot, .noMagicLinks])
            }
        let (old, new) = (target.leaf, path.leaf)
        do {
            try old.link(in: source, as: new, in: parent.directory)
        } catch  where error.errno == EEXIST {
            try replaceByHardLink(entry, parent, source, old)
        } catch  where error.errno == EPERM {
            try refuseDirectory(entry, source, old)
            throw .system(entry: show(entry.name), error)
        } catch {
            throw .system(entry: show(entry.name), error)
        }
    }

    private func replaceByHardLink(
        _ entry: TarEntry, _ parent: ParentDirectory, _ source: Descriptor, _ old: PlainName
    ) throws(ArchiveError) {
        try refuseDirectory(entry, source, old)
        let new = path.leaf
        let (there, here) = try system(entry.name) { () throws(SyscallError) in
            (try old.status(in: source), try new.status(in: parent.directory))
        }
        if there.isSameFile(as: here) { return }
        try remove(entry.name)
        try system(entry.name) { () throws(SyscallError) in try old.link(in: source, as: new, in: parent.directory) }
    }

    private func refuseDirectory(_ entry: TarEntry, _ source: Descriptor, _ old: PlainName) throws(ArchiveError) {
        let status = try system(entry.name) { () throws(SyscallError) in try old.status(in: source) }
        guard status.kind != .directory else { throw .unsafe(entry: show(entry.name), "is a hard link to a directory") }
    }

    /// What a plain name in a directory is, without following it.
    func status(_ parent: Descriptor, _ leaf: [UInt8], _ entry: [UInt8]) throws(ArchiveError) -> FileStatus {
        try system(entry) { () throws(SyscallError) in
            try openBelow(parent, leaf, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks]).status()
        }
    }

    // MARK: Whiteouts

    /// Whether a name says something about the layers below; then it is done.
    func applyWhiteout(_ name: [UInt8]) throws(ArchiveError) -> Bool {
        let path = try EntryPath(name)
        switch try Whiteout(path, name) {
        case .none: return false
        case .ignored: break
        case .opaque: try makeOpaque(path.parent, name)
        case .removes(let hidden): try whiteOut(hidden, in: path.parent, name)
        }
        return true
    }

    /// Hides a name of the layers below. What this layer itself put there stays: it hides the name already, and a
    /// directory becomes opaque, so that only this layer's part of it shows.
    func whiteOut(_ name: [UInt8], in path: EntryPath, _ entry: [UInt8]) throws(ArchiveError) {
        let parent = try openParent(path, entry)
        do {
            try withPath(name, call: "mknodat") { name throws(SyscallError) in
                _ = try syscall("mknodat") { mknodat(parent.raw, name, S_IFCHR, 0) }
            }
        } catch  where error.errno == EEXIST {
            guard try status(parent, name, entry).kind == .directory else { return }
            let directory = try system(entry) { () throws(SyscallError) in
                try openBeneath(parent, name, [.read, .directory, .noFollow])
            }
            try setOpaque(directory, entry)
        } catch {
            throw .system(entry: show(entry), error)
        }
    }

    func makeOpaque(_ path: EntryPath, _ entry: [UInt8]) throws(ArchiveError) {
        try setOpaque(openParent(path, entry, flags: [.read, .directory]), entry)
    }

    func setOpaque(_ directory: Descriptor, _ entry: [UInt8]) throws(ArchiveError) {
        try system(entry) { () throws(SyscallError) in try directory.setAttribute("trusted.overlay.opaque", Array("y".utf8)) }
    }
}
