// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The way out: what a container changed (overlay's upper directory) as the tar archive of a layer. Names are sorted and
// nothing but the tree itself goes in, so the same tree gives the same bytes. The tree may still be written to: everything
// is opened below its root by descriptor, and what an entry says is what the opened inode was.
//
//   overlay                                     layer
//   character device 0:0                        an empty file .wh.NAME
//   trusted.overlay.opaque = y on a directory   an empty file .wh..wh..opq in it
//   trusted.overlay.redirect, .metacopy         refused: the tree is not the whole difference

import Glibc
public import WharfLinux

/// What was written.
public struct DiffSummary: Sendable, Equatable {
    public var entries = 0
    /// Data of all files.
    public var bytes: Int64 = 0
    /// Sockets, which no archive can hold.
    public var skippedSockets = 0

    public init() {}
}

/// Writes the difference that an upper directory holds. One instance per archive.
public final class DiffWriter {
    private struct Level {
        /// From the root, without a slash at its end; empty for the root.
        let path: [UInt8]
        /// Nil while deeper levels need the descriptors.
        var directory: Descriptor?
        /// In order, the next one last.
        var names: [[UInt8]]
    }

    private struct Inode: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private let root: Descriptor
    private let base: Descriptor?
    private let tar: TarWriter
    private var stack: [Level] = []
    /// Where inodes with several names stand in the archive.
    private var linked: [Inode: [UInt8]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)
    private var summary = DiffSummary()

    /// Open directories at once; those further up are opened again when they are needed.
    private static let openLevels = 64

    /// - Parameters:
    ///   - upper: the tree, open for reading.
    ///   - base: the root that the tree was made on. The archive has an entry for the root itself only if its owner or
    ///     permissions are others; without `base`, never.
    ///   - sink: gets the archive, its end included; finishing the sink is the caller's.
    public init(_ upper: Descriptor, base: Descriptor? = nil, to sink: any ByteSink) {
        root = upper
        self.base = base
        tar = TarWriter(sink)
    }

    /// Writes the archive.
    /// - Throws: `unsupported` for what no layer can say: overlay's references to lower layers, a name that begins with
    ///   `.wh.`, a path over 4095 bytes.
    public func write() throws(ArchiveError) -> DiffSummary {
        try writeRoot()
        stack = [Level(path: [], directory: root, names: try names(in: root, []))]
        while !stack.isEmpty {
            guard let name = stack[stack.count - 1].names.popLast() else {
                stack.removeLast()
                continue
            }
            let path = stack[stack.count - 1].path
            let whole = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            guard whole.count < nameLimit else { throw .unsupported("\(show(whole)) is longer than \(nameLimit) bytes") }
            guard !name.starts(with: ".wh.".utf8) else { throw .unsupported("\(show(whole)) has a name that means a removal in a layer") }
            do {
                try write(name, whole, in: try directory())
            } catch .system(_, let error) where error.errno == ENOENT {
                continue  // removed while the tree was read
            }
        }
        try tar.finish()
        return summary
    }

    // MARK: The walk

    /// The directory at the top of the stack, opened again if it was closed.
    private func directory() throws(ArchiveError) -> Descriptor {
        let top = stack.count - 1
        if let open = stack[top].directory { return open }
        let path = stack[top].path
        let directory = try system(path) { () throws(SyscallError) in
            try openBelow(root, path, [.read, .directory], resolve: [.beneath, .noSymlinks, .noMagicLinks])
        }
        stack[top].directory = directory
        return directory
    }

    private func names(in directory: Descriptor, _ path: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
        try system(path) { () throws(SyscallError) in try directory.directoryEntries() }
            .map(\.name).sorted { $1.lexicographicallyPrecedes($0) }
    }

    private func write(_ name: [UInt8], _ path: [UInt8], in parent: Descriptor) throws(ArchiveError) {
        let handle = try system(path) { () throws(SyscallError) in
            try openBelow(parent, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        }
        let status = try system(path) { () throws(SyscallError) in try handle.status() }
        if status.isWhiteout { return try writeMark(path, Array(".wh.".utf8) + name) }
        if status.kind != .directory, status.links > 1 {
            let inode = Inode(device: status.device, inode: status.inode)
            if let first = linked[inode] { return try writeHardLink(path, to: first, status) }
            linked[inode] = path
        }
        switch status.kind {
        case .directory: try writeDirectory(name, path, in: parent)
        case .regular: try writeFile(name, path, in: parent)
        case .symlink:
            var entry = Self.entry(path, .symlink, status)
            entry.permissions = 0o777
            entry.linkName = try system(path) { () throws(SyscallError) in try handle.linkTarget() }
            try append(entry)
        case .characterDevice:
            try append(Self.entry(path, .characterDevice(major: status.deviceMajor, minor: status.deviceMinor), status))
        case .blockDevice:
            try append(Self.entry(path, .blockDevice(major: status.deviceMajor, minor: status.deviceMinor), status))
        case .fifo: try append(Self.entry(path, .fifo, status))
        case .socket: summary.skippedSockets += 1
        case .unknown: throw .unsupported("\(show(path)) is of an unknown kind")
        }
    }

    // MARK: Kinds

    /// The root's own entry, where it differs from what the tree was made on.
    private func writeRoot() throws(ArchiveError) {
        guard let base else { return }
        let (here, there) = try system { () throws(SyscallError) in (try root.status(), try base.status()) }
        guard (here.permissions, here.uid, here.gid) != (there.permissions, there.uid, there.gid) else { return }
        try append(Self.entry(Array("./".utf8), .directory, here))
    }

    private func writeDirectory(_ name: [UInt8], _ path: [UInt8], in parent: Descriptor) throws(ArchiveError) {
        let directory = try system(path) { () throws(SyscallError) in try openBeneath(parent, name, [.read, .directory, .noFollow]) }
        let status = try system(path) { () throws(SyscallError) in try directory.status() }
        let attributes = try OverlayAttributes(of: directory, path)
        var entry = Self.entry(path + [UInt8(ascii: "/")], .directory, status)
        entry.attributes = attributes.own
        try append(entry)
        if attributes.isOpaque { try writeMark(path + Array("/x".utf8), Array(".wh..wh..opq".utf8)) }
        if stack.count >= Self.openLevels { stack[stack.count - Self.openLevels].directory = nil }
        stack.append(Level(path: path, directory: directory, names: try names(in: directory, path)))
    }

    private func writeFile(_ name: [UInt8], _ path: [UInt8], in parent: Descriptor) throws(ArchiveError) {
        // Without blocking: what was a file a moment ago may be a FIFO by now.
        let file = try system(path) { () throws(SyscallError) in
            try openBeneath(parent, name, [.read, .noFollow, .nonBlocking, .noControllingTerminal])
        }
        let status = try system(path) { () throws(SyscallError) in try file.status() }
        guard status.kind == .regular else { throw .unsupported("\(show(path)) was replaced while it was read") }
        let attributes = try OverlayAttributes(of: file, path)
        var entry = Self.entry(path, .file, status)
        entry.size = status.size
        entry.attributes = attributes.own
        try append(entry)
        try copy(file, status.size, path)
        summary.bytes += status.size
    }

    /// Exactly `size` bytes whatever happens to the file meanwhile: cut, or filled up with zeros.
    private func copy(_ file: Descriptor, _ size: Int64, _ path: [UInt8]) throws(ArchiveError) {
        var left = size
        var isAtEnd = false
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            let count: Int
            if isAtEnd {
                count = wanted
            } else {
                let got = try buffer.withMutableRawBytes { buffer throws(ArchiveError) -> Int in
                    try system(path) { () throws(SyscallError) in
                        try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]))
                    }
                }
                if got == 0 {
                    isAtEnd = true
                    for index in buffer.indices { buffer[index] = 0 }
                    continue
                }
                count = got
            }
            try buffer.withRawBytes { buffer throws(ArchiveError) in try tar.write(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
            left -= Int64(count)
        }
    }

    private func writeHardLink(_ path: [UInt8], to first: [UInt8], _ status: FileStatus) throws(ArchiveError) {
        var entry = Self.entry(path, .hardLink, status)
        entry.linkName = first
        try append(entry)
    }

    /// A file of no bytes in the place of `path` that says something about the layers below.
    private func writeMark(_ path: [UInt8], _ name: [UInt8]) throws(ArchiveError) {
        let parent = path.lastIndex(of: UInt8(ascii: "/")).map { path[...$0] } ?? []
        try append(TarEntry(Array(parent) + name, permissions: 0o600))
    }

    private func append(_ entry: TarEntry) throws(ArchiveError) {
        summary.entries += 1
        try tar.append(entry)
    }

    private static func entry(_ path: [UInt8], _ kind: TarEntry.Kind, _ status: FileStatus) -> TarEntry {
        TarEntry(
            path, kind: kind, permissions: status.permissions, uid: status.uid, gid: status.gid, modifiedSeconds: status.modified.seconds,
            modifiedNanoseconds: status.modified.nanoseconds)
    }
}
