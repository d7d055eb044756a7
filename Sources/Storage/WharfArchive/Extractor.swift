// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unpacking a tar archive below a root descriptor. The archive is hostile: each entry's parent is resolved by the kernel
// below the root, the last name is made new and never followed, and everything behind that works on descriptors.
// Nothing is remembered about paths from one entry to the next.

import Glibc
public import WharfLinux

/// How `.wh.` names are understood.
public enum WhiteoutForm: Sendable {
    /// They become overlay's own: a character device 0:0, and `trusted.overlay.opaque` on a directory.
    case overlay
    /// They are names like others.
    case literal
}

/// What was unpacked.
public struct ExtractSummary: Sendable, Equatable {
    public var entries = 0
    /// Data of all files.
    public var bytes: Int64 = 0
    /// Directories that had to be made although the archive has no entry for them, parents first. Their attributes are
    /// those of the layer below (`inheritAttributes`), or root's and 0755.
    public var impliedDirectories: [[UInt8]] = []
    /// Extended attributes that the file system does not take.
    public var skippedAttributes = 0

    public init() {}
}

/// Unpacks entries below one directory. One instance per archive.
public final class Extractor {
    let root: RootFD
    let whiteouts: WhiteoutForm
    /// Times of directories, set when nothing is made in them any more.
    private var directoryTimes: [(path: [UInt8], seconds: Int64, nanoseconds: Int64)] = []
    public internal(set) var summary = ExtractSummary()

    /// - Parameter root: a directory, open for reading.
    public init(_ root: Descriptor, whiteouts: WhiteoutForm = .overlay) {
        self.root = RootFD(root)
        self.whiteouts = whiteouts
    }

    /// Unpacks a whole archive. On an error what was unpacked so far stays: the caller drops the tree.
    @discardableResult
    public func extract(_ reader: TarReader) throws(ArchiveError) -> ExtractSummary {
        while let entry = try reader.next() {
            summary.entries += 1
            try extract(entry, reader)
        }
        try setDirectoryTimes()
        return summary
    }

    private func extract(_ entry: TarEntry, _ reader: TarReader) throws(ArchiveError) {
        var path = try EntryPath(entry.name)
        if whiteouts == .overlay {
            switch try Whiteout(path, entry.name) {
            case .none: break
            case .ignored: return
            case .opaque: return try makeOpaque(path.parent, entry.name)
            case .removes(let name): return try whiteOut(name, in: path.parent, entry.name)
            }
        }
        guard let leaf = path.popLast() else { return try extractRoot(entry) }
        let parent = try openParent(path, entry.name)
        switch entry.kind {
        case .directory: try makeDirectory(entry, parent, leaf)
        case .file: try makeFile(entry, parent, leaf, reader)
        case .hardLink: try makeHardLink(entry, parent, leaf)
        case .symlink, .characterDevice, .blockDevice, .fifo: try makeNode(entry, parent, leaf)
        }
    }

    // MARK: Kinds

    /// The archive's own root: its attributes only.
    private func extractRoot(_ entry: TarEntry) throws(ArchiveError) {
        guard entry.kind == .directory else { throw .unsafe(entry: show(entry.name), "would replace the root") }
        let directory = try system(entry.name) { () throws(SyscallError) in try openBeneath(root.directory, ".", [.read, .directory]) }
        try setAttributes(entry, directory)
        directoryTimes.append(([], entry.modifiedSeconds, entry.modifiedNanoseconds))
    }

    private func makeDirectory(_ entry: TarEntry, _ parent: Descriptor, _ leaf: [UInt8]) throws(ArchiveError) {
        var replacedWhiteout = false
        if try !makeDirectory(parent, leaf, entry.name) {
            let status = try status(parent, leaf, entry.name)
            if status.kind != .directory {
                replacedWhiteout = whiteouts == .overlay && status.isWhiteout
                try remove(parent, leaf, entry.name)
                _ = try makeDirectory(parent, leaf, entry.name)
            }
        }
        let directory = try system(entry.name) { () throws(SyscallError) in
            try openBeneath(parent, leaf, [.read, .directory, .noFollow])
        }
        if replacedWhiteout { try setOpaque(directory, entry.name) }
        try setAttributes(entry, directory)
        directoryTimes.append((entry.name, entry.modifiedSeconds, entry.modifiedNanoseconds))
    }

    private func makeFile(_ entry: TarEntry, _ parent: Descriptor, _ leaf: [UInt8], _ reader: TarReader) throws(ArchiveError) {
        let file = try replacing(parent, leaf, entry.name) { () throws(SyscallError) in
            try openBeneath(parent, leaf, [.write, .create, .exclusive, .noFollow], permissions: 0o600)
        }
        try reader.readData { piece throws(ArchiveError) in
            try system(entry.name) { () throws(SyscallError) in try file.writeAll(piece) }
        }
        summary.bytes += entry.size
        try setAttributes(entry, file)
        try setTimes(entry, file)
    }

    private func makeHardLink(_ entry: TarEntry, _ parent: Descriptor, _ leaf: [UInt8]) throws(ArchiveError) {
        var target = try EntryPath(entry.linkName)
        guard let targetLeaf = target.popLast() else { throw .unsafe(entry: show(entry.name), "is a hard link to the root") }
        let source = try system(entry.name) { () throws(SyscallError) in
            try openBelow(root.directory, target.bytes, [.handle, .directory], resolve: [.inRoot, .noMagicLinks])
        }
        let existing = try status(source, targetLeaf, entry.name)
        guard existing.kind != .directory else { throw .unsafe(entry: show(entry.name), "is a hard link to a directory") }
        // Absent is the normal case; any other trouble comes back from linkat.
        let here = try? openBelow(parent, leaf, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks]).status()
        if let here, here.isSameFile(as: existing) { return }
        try replacing(parent, leaf, entry.name) { () throws(SyscallError) in
            try withPath(targetLeaf, call: "linkat") { old throws(SyscallError) in
                try withPath(leaf, call: "linkat") { new throws(SyscallError) in
                    _ = try syscall("linkat", displayPath(entry.linkName)) { linkat(source.raw, old, parent.raw, new, 0) }
                }
            }
        }
    }

    private func makeNode(_ entry: TarEntry, _ parent: Descriptor, _ leaf: [UInt8]) throws(ArchiveError) {
        try replacing(parent, leaf, entry.name) { () throws(SyscallError) in
            try withPath(leaf, call: "mknodat") { name throws(SyscallError) in
                switch entry.kind {
                case .symlink:
                    try withPath(entry.linkName, call: "symlinkat") { target throws(SyscallError) in
                        _ = try syscall("symlinkat") { symlinkat(target, parent.raw, name) }
                    }
                case .characterDevice(let major, let minor):
                    let device = DeviceNumber(major: major, minor: minor).encoded
                    try syscall("mknodat") { mknodat(parent.raw, name, S_IFCHR | 0o600, dev_t(device)) }
                case .blockDevice(let major, let minor):
                    let device = DeviceNumber(major: major, minor: minor).encoded
                    try syscall("mknodat") { mknodat(parent.raw, name, S_IFBLK | 0o600, dev_t(device)) }
                default:
                    try syscall("mknodat") { mknodat(parent.raw, name, S_IFIFO | 0o600, 0) }
                }
            }
        }
        let handle = try system(entry.name) { () throws(SyscallError) in
            try openBelow(parent, leaf, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        }
        try system(entry.name) { () throws(SyscallError) in
            try handle.setOwner(uid: entry.uid, gid: entry.gid)
            if entry.kind != .symlink { try handle.setPermissions(entry.permissions) }
        }
        // A handle takes no extended attributes, and opening a device for them would have effects.
        summary.skippedAttributes += entry.attributes.count
        try setTimes(entry, handle)
    }

    // MARK: Attributes

    /// Owner first (it clears setuid and capabilities), then permissions, then extended attributes.
    private func setAttributes(_ entry: TarEntry, _ descriptor: Descriptor) throws(ArchiveError) {
        try system(entry.name) { () throws(SyscallError) in
            try descriptor.setOwner(uid: entry.uid, gid: entry.gid)
            try descriptor.setPermissions(entry.permissions)
        }
        for attribute in entry.attributes {
            // Overlay's own would redirect lookups of the merged tree: they belong to the store, not to an image.
            guard !attribute.name.starts(with: "trusted.overlay.".utf8), !attribute.name.starts(with: "user.overlay.".utf8) else {
                summary.skippedAttributes += 1
                continue
            }
            do {
                try descriptor.setAttribute(attribute.name, attribute.value)
            } catch  where error.errno == EOPNOTSUPP {
                summary.skippedAttributes += 1
            } catch {
                throw .system(entry: show(entry.name), error)
            }
        }
    }

    private func setTimes(_ entry: TarEntry, _ descriptor: Descriptor) throws(ArchiveError) {
        let time = (entry.modifiedSeconds, entry.modifiedNanoseconds)
        try system(entry.name) { () throws(SyscallError) in try descriptor.setTimes(accessed: time, modified: time) }
    }

    /// Last of all, so that making entries has not changed them; one that was replaced meanwhile is left alone.
    private func setDirectoryTimes() throws(ArchiveError) {
        for (name, seconds, nanoseconds) in directoryTimes.reversed() {
            do {
                let directory = try root.open(EntryPath(name).bytes, [.read, .directory, .noFollow])
                try directory.setTimes(accessed: (seconds, nanoseconds), modified: (seconds, nanoseconds))
            } catch let error as SyscallError where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
                continue
            } catch let error as SyscallError {
                throw .system(entry: show(name), error)
            } catch let error as ArchiveError {
                throw error
            } catch {
                throw .stream(error)
            }
        }
        directoryTimes = []
    }
}
