// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Unpacking a tar archive below a root descriptor. The archive is hostile: each entry's parent is resolved by the kernel
// below the root, the last name is made new and never followed, and everything behind that works on descriptors or on one
// plain name in the parent. Calls that would change nothing (an owner or mode that the new entry has already) are left out:
// an ordinary file costs open, write, set times and close.

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
    /// Data of all files, holes included.
    public var bytes: Int64 = 0
    /// Directories that the archive uses without an entry for them, parents first; the empty path is the root. Their
    /// attributes are those of the layer below (`inheritAttributes`, once that is known), or root's and 0755.
    public var impliedDirectories: [[UInt8]] = []
    /// Extended attributes that the file system does not take.
    public var skippedAttributes = 0

    public init() {}
}

/// Unpacks entries below one directory. One instance per archive.
public final class Extractor {
    let root: RootFD
    let whiteouts: WhiteoutForm
    let process: ProcessDefaults
    var path = PathBuffer()
    /// Where the last entry went; nil when it must be resolved again.
    var parent: ParentDirectory?
    /// What is set on directories when nothing is made in them any more.
    private var finishing: [DirectoryFinish] = []
    private var hasRootEntry = false
    private var space: SpaceReserve
    private let placement: ExtractPlacement?
    public internal(set) var summary = ExtractSummary()

    /// The disk begins with a large file while it is written, so that the flush at the end finds little to do.
    private static let writebackStep: Int64 = 4 << 20

    /// What new entries get without being told.
    struct ProcessDefaults {
        let uid = geteuid()
        let gid = getegid()
        /// Permission bits that a new entry may lack although they were asked for.
        let mask = currentUmask() ?? 0o777
    }

    private struct DirectoryFinish {
        let path: [UInt8]
        let seconds: Int64
        let nanoseconds: Int64
        /// Access control lists for new entries: set last, or the entries of this archive would get them.
        let attributes: [TarEntry.Attribute]
    }

    /// - Parameters:
    ///   - root: a directory, open for reading.
    ///   - reserve: the part of the file system that stays free (see `SpaceReserve`).
    ///   - placement: a directory below the root that entries go into; nil for the root.
    public init(
        _ root: Descriptor, whiteouts: WhiteoutForm = .overlay, reserve: SpaceReserve = .standard, placement: ExtractPlacement? = nil
    ) {
        self.placement = placement
        self.root = RootFD(root)
        self.whiteouts = whiteouts
        space = reserve
        process = ProcessDefaults()
    }

    /// Unpacks a whole archive. On an error what was unpacked so far stays: the caller drops the tree.
    @discardableResult
    public func extract(_ reader: TarReader) throws(ArchiveError) -> ExtractSummary {
        while var entry = try reader.next() {
            summary.entries += 1
            if let placement, try !place(&entry, placement) { continue }
            try space.willWrite(entry.kind == .file && !entry.isSparse ? entry.size : 0, to: root.directory)
            try extract(entry, reader)
        }
        try finishDirectories()
        if !hasRootEntry { summary.impliedDirectories.insert([], at: 0) }
        return summary
    }

    private func extract(_ entry: TarEntry, _ reader: TarReader) throws(ArchiveError) {
        try path.set(entry.name)
        if path.hasWhiteoutMark, whiteouts == .overlay, try applyWhiteout(entry.name) { return }
        guard !path.isRoot else { return try extractRoot(entry) }
        let parent = try currentParent(entry.name)
        switch entry.kind {
        case .directory: try makeDirectory(entry, parent)
        case .file: try makeFile(entry, parent, reader)
        case .hardLink: try makeHardLink(entry, parent)
        case .symlink: try makeLink(entry, parent)
        case .characterDevice, .blockDevice, .fifo: try makeNode(entry, parent)
        }
    }

    /// The directory of the entry at hand, resolved or from last time.
    func currentParent(_ entry: [UInt8]) throws(ArchiveError) -> ParentDirectory {
        if let parent, parent.isFor(path.parent) { return parent }
        let bytes = Array(path.parent)
        let directory = try openParent(EntryPath(bytes), entry)
        let found = try system(entry) { () throws(SyscallError) in
            try ParentDirectory(directory, path: bytes, processGroup: process.gid)
        }
        parent = found
        return found
    }

    // MARK: Kinds

    /// The archive's own root: its attributes only.
    private func extractRoot(_ entry: TarEntry) throws(ArchiveError) {
        guard entry.kind == .directory else { throw .unsafe(entry: show(entry.name), "would replace the root") }
        let directory = try system(entry.name) { () throws(SyscallError) in try openBeneath(root.directory, ".", [.read, .directory]) }
        try setAttributes(entry, directory)
        finish(entry)
        hasRootEntry = true
        parent = nil
    }

    private func makeDirectory(_ entry: TarEntry, _ parent: ParentDirectory) throws(ArchiveError) {
        let leaf = path.leaf
        var isNew = true
        var replacedWhiteout = false
        do {
            try leaf.makeDirectory(in: parent.directory, permissions: entry.permissions & 0o777)
        } catch  where error.errno == EEXIST {
            let status = try system(entry.name) { () throws(SyscallError) in try leaf.status(in: parent.directory) }
            isNew = status.kind != .directory
            if isNew {
                replacedWhiteout = whiteouts == .overlay && status.isWhiteout
                try remove(entry.name)
                try system(entry.name) { () throws(SyscallError) in
                    try leaf.makeDirectory(in: parent.directory, permissions: entry.permissions & 0o777)
                }
            }
        } catch {
            throw .system(entry: show(entry.name), error)
        }
        finish(entry)
        if isNew, !replacedWhiteout, entry.attributes.isEmpty, hasOwner(entry, parent), parent.group != nil, hasPermissions(entry) {
            return
        }
        let directory = try system(entry.name) { () throws(SyscallError) in try leaf.openDirectory(in: parent.directory) }
        if replacedWhiteout { try setOpaque(directory, entry.name) }
        try setAttributes(entry, directory)
        // It may be the parent of entries before it, and now it has another owner or mode.
        if !isNew { self.parent = nil }
    }

    private func makeFile(_ entry: TarEntry, _ parent: ParentDirectory, _ reader: TarReader) throws(ArchiveError) {
        let leaf = path.leaf
        let file = try replacing(entry.name) { () throws(SyscallError) in
            try leaf.createFile(in: parent.directory, permissions: entry.permissions & 0o777)
        }
        if entry.isSparse {
            try writeSparse(entry, file, reader)
        } else {
            var (written, handedOver): (Int64, Int64) = (0, 0)
            try reader.readData { piece throws(ArchiveError) in
                try system(entry.name) { () throws(SyscallError) in try file.writeAll(piece) }
                written += Int64(piece.count)
                if written - handedOver >= Self.writebackStep {
                    file.startWriteback(from: handedOver, count: written - handedOver)
                    handedOver = written
                }
            }
        }
        summary.bytes += entry.size
        if !hasOwner(entry, parent) {
            try system(entry.name) { () throws(SyscallError) in try file.setOwner(uid: entry.uid, gid: entry.gid) }
        }
        if !hasPermissions(entry) { try system(entry.name) { () throws(SyscallError) in try file.setPermissions(entry.permissions) } }
        if !entry.attributes.isEmpty { try setExtendedAttributes(entry.attributes, entry, file) }
        try setTimes(entry, file)
    }

    private func writeSparse(_ entry: TarEntry, _ file: Descriptor, _ reader: TarReader) throws(ArchiveError) {
        try reader.readExtents { offset, piece throws(ArchiveError) in
            try space.willWrite(Int64(piece.count), to: root.directory)
            try system(entry.name) { () throws(SyscallError) in
                try file.seek(to: offset)
                try file.writeAll(piece)
            }
        }
        try system(entry.name) { () throws(SyscallError) in try file.truncate(to: entry.size) }
    }

    private func makeLink(_ entry: TarEntry, _ parent: ParentDirectory) throws(ArchiveError) {
        let leaf = path.leaf
        try replacing(entry.name) { () throws(SyscallError) in try leaf.makeLink(in: parent.directory, to: entry.linkName) }
        try system(entry.name) { () throws(SyscallError) in
            if !hasOwner(entry, parent) { try leaf.setOwner(in: parent.directory, uid: entry.uid, gid: entry.gid) }
            try leaf.setTimes(in: parent.directory, seconds: entry.modifiedSeconds, nanoseconds: entry.modifiedNanoseconds)
        }
        // A link takes none of the attributes that images carry.
        summary.skippedAttributes += entry.attributes.count
    }

    private func makeNode(_ entry: TarEntry, _ parent: ParentDirectory) throws(ArchiveError) {
        let leaf = path.leafBytes
        try replacing(entry.name) { () throws(SyscallError) in
            let directory = RootFD(parent.directory)
            switch entry.kind {
            case .characterDevice(let major, let minor):
                try directory.mknod(leaf, kind: .characterDevice, permissions: 0o600, device: DeviceNumber(major: major, minor: minor))
            case .blockDevice(let major, let minor):
                try directory.mknod(leaf, kind: .blockDevice, permissions: 0o600, device: DeviceNumber(major: major, minor: minor))
            default: try directory.mknod(leaf, kind: .fifo, permissions: 0o600)
            }
        }
        try system(entry.name) { () throws(SyscallError) in
            let handle = try openBelow(parent.directory, leaf, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
            try handle.setOwner(uid: entry.uid, gid: entry.gid)
            try handle.setPermissions(entry.permissions)
        }
        // A handle takes no extended attributes, and opening a device for them would have effects.
        summary.skippedAttributes += entry.attributes.count
        let name = path.leaf
        try system(entry.name) { () throws(SyscallError) in
            try name.setTimes(in: parent.directory, seconds: entry.modifiedSeconds, nanoseconds: entry.modifiedNanoseconds)
        }
    }

    // MARK: Attributes

    /// Whether a new entry has its owner by itself.
    private func hasOwner(_ entry: TarEntry, _ parent: ParentDirectory) -> Bool {
        entry.uid == process.uid && entry.gid == parent.group
    }

    /// Whether a new entry has its permissions by itself: nothing that the umask takes, and no special bits, which a change
    /// of owner or a write may take away again.
    private func hasPermissions(_ entry: TarEntry) -> Bool { entry.permissions & ~0o777 == 0 && entry.permissions & process.mask == 0 }

    /// Notes what a directory gets at the end.
    private func finish(_ entry: TarEntry) {
        let lists = entry.attributes.isEmpty ? [] : entry.attributes.filter { Self.isInherited($0.name) }
        finishing.append(
            DirectoryFinish(
                path: entry.name, seconds: entry.modifiedSeconds, nanoseconds: entry.modifiedNanoseconds, attributes: lists))
    }

    private static func isInherited(_ name: [UInt8]) -> Bool { name.elementsEqual("system.posix_acl_default".utf8) }

    /// Owner first (it clears setuid and capabilities), then permissions, then extended attributes.
    private func setAttributes(_ entry: TarEntry, _ descriptor: Descriptor) throws(ArchiveError) {
        try system(entry.name) { () throws(SyscallError) in
            try descriptor.setOwner(uid: entry.uid, gid: entry.gid)
            try descriptor.setPermissions(entry.permissions)
        }
        guard !entry.attributes.isEmpty else { return }
        try setExtendedAttributes(entry.attributes.filter { !Self.isInherited($0.name) }, entry, descriptor)
    }

    private func setExtendedAttributes(
        _ attributes: [TarEntry.Attribute], _ entry: TarEntry, _ descriptor: Descriptor
    ) throws(ArchiveError) {
        for attribute in attributes {
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
    private func finishDirectories() throws(ArchiveError) {
        for item in finishing.reversed() {
            let path = try EntryPath(item.path)
            do {
                let directory = try root.open(path.bytes, [.read, .directory, .noFollow])
                for attribute in item.attributes { try directory.setAttribute(attribute.name, attribute.value) }
                try directory.setTimes(accessed: (item.seconds, item.nanoseconds), modified: (item.seconds, item.nanoseconds))
            } catch  where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
                continue
            } catch  where error.errno == EOPNOTSUPP {
                summary.skippedAttributes += 1
            } catch {
                throw .system(entry: show(item.path), error)
            }
        }
        finishing = []
    }
}
