// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A file or a directory of a container on its way out, as docker cp and export read it: plain tar, names below a chosen first
// one. The tree belongs to somebody hostile who changes it meanwhile: each name is looked up in its opened directory and never
// followed, a file is read through the inode that was looked at, and what disappears is left out. Names are sorted.

import Glibc
public import WharfLinux

/// Writes part of a tree. One instance per archive.
public final class TreeWriter {
    private struct Level {
        /// In the archive; empty for a root without a name.
        let path: [UInt8]
        let directory: Descriptor
        /// In order, the next one last.
        var names: [[UInt8]]
    }

    private struct Inode: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    private let tar: TarWriter
    private var stack: [Level] = []
    /// Where inodes with several names stand in the archive.
    private var linked: [Inode: [UInt8]] = [:]
    private var buffer = [UInt8](repeating: 0, count: 1 << 18)

    /// Deeper trees are refused: each level keeps a descriptor.
    private static let depthLimit = 512

    /// - Parameter sink: gets the archive, its end included.
    public init(to sink: any ByteSink) { tar = TarWriter(sink) }

    /// Writes one name of a directory, with everything below it.
    ///
    /// - Parameters:
    ///   - parent: a handle of the directory.
    ///   - name: one plain name in it.
    ///   - shown: what it is called in the archive.
    /// - Throws: ENOENT when nothing has the name.
    public func write(_ name: [UInt8], in parent: Descriptor, as shown: [UInt8]) throws(ArchiveError) {
        try entry(name, in: parent, as: shown)
        try walk()
        try tar.finish()
    }

    /// Writes a directory, with everything below it.
    ///
    /// - Parameters:
    ///   - directory: a handle of it.
    ///   - shown: its name in the archive; `.` for one that has none; empty leaves its own entry out.
    public func write(directory: Descriptor, as shown: [UInt8]) throws(ArchiveError) {
        let opened = try system { () throws(SyscallError) in try openBelow(directory, ".", [.read, .directory], resolve: [.beneath]) }
        if shown.isEmpty {
            stack.append(Level(path: [], directory: opened, names: try names(opened, [])))
        } else {
            try enter(opened, shown)
        }
        try walk()
        try tar.finish()
    }

    private func walk() throws(ArchiveError) {
        while !stack.isEmpty {
            guard let name = stack[stack.count - 1].names.popLast() else {
                stack.removeLast()
                continue
            }
            let (path, directory) = (stack[stack.count - 1].path, stack[stack.count - 1].directory)
            let shown = path.isEmpty ? name : Self.directoryName(path) + name
            guard shown.count < nameLimit else { throw .unsupported("\(show(shown)) is longer than \(nameLimit) bytes") }
            do {
                try entry(name, in: directory, as: shown)
            } catch .system(_, let error) where Self.isGone(error) {
                continue
            }
        }
    }

    /// Removed or replaced while the tree was read.
    private static func isGone(_ error: SyscallError) -> Bool { [ENOENT, ENOTDIR, ELOOP, ESRCH].contains(error.errno) }

    private func names(_ directory: Descriptor, _ path: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
        try system(path) { () throws(SyscallError) in try directory.directoryEntries() }
            .map(\.name).sorted { $1.lexicographicallyPrecedes($0) }
    }

    // MARK: Kinds

    private func entry(_ name: [UInt8], in parent: Descriptor, as shown: [UInt8]) throws(ArchiveError) {
        let handle = try system(shown) { () throws(SyscallError) in
            try openBelow(parent, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        }
        let status = try system(shown) { () throws(SyscallError) in try handle.status() }
        if status.kind != .directory, status.links > 1 {
            let inode = Inode(device: status.device, inode: status.inode)
            if let first = linked[inode] {
                var entry = Self.entry(shown, .hardLink, status)
                entry.linkName = first
                return try tar.append(entry)
            }
            linked[inode] = shown
        }
        switch status.kind {
        case .directory:
            try enter(
                system(shown) { () throws(SyscallError) in try openBelow(handle, ".", [.read, .directory], resolve: [.beneath]) }, shown)
        case .regular: try file(handle, shown)
        case .symlink:
            var entry = Self.entry(shown, .symlink, status)
            entry.permissions = 0o777
            entry.linkName = try system(shown) { () throws(SyscallError) in try handle.linkTarget() }
            try tar.append(entry)
        case .characterDevice:
            try tar.append(Self.entry(shown, .characterDevice(major: status.deviceMajor, minor: status.deviceMinor), status))
        case .blockDevice:
            try tar.append(Self.entry(shown, .blockDevice(major: status.deviceMajor, minor: status.deviceMinor), status))
        case .fifo: try tar.append(Self.entry(shown, .fifo, status))
        case .socket, .unknown: break  // no archive can hold them
        }
    }

    private func enter(_ directory: Descriptor, _ shown: [UInt8]) throws(ArchiveError) {
        guard stack.count < Self.depthLimit else { throw .unsupported("\(show(shown)) lies deeper than \(Self.depthLimit) directories") }
        let status = try system(shown) { () throws(SyscallError) in try directory.status() }
        var entry = Self.entry(Self.directoryName(shown), .directory, status)
        entry.attributes = try OverlayAttributes(of: directory, shown).own
        let names = try names(directory, shown)
        try tar.append(entry)
        stack.append(Level(path: shown, directory: directory, names: names))
    }

    /// With exactly one slash at its end.
    private static func directoryName(_ path: [UInt8]) -> [UInt8] { path.last == UInt8(ascii: "/") ? path : path + [UInt8(ascii: "/")] }

    /// The handle's own inode is opened, so nothing can be put in its place.
    private func file(_ handle: Descriptor, _ shown: [UInt8]) throws(ArchiveError) {
        let file = try system(shown) { () throws(SyscallError) in try handle.reopenedForReading() }
        let status = try system(shown) { () throws(SyscallError) in try file.status() }
        var entry = Self.entry(shown, .file, status)
        entry.size = status.size
        entry.attributes = try OverlayAttributes(of: file, shown).own
        try tar.append(entry)
        try copy(file, status.size, shown)
    }

    /// Exactly `size` bytes whatever happens to the file meanwhile: cut, or filled up with zeros.
    private func copy(_ file: Descriptor, _ size: Int64, _ shown: [UInt8]) throws(ArchiveError) {
        var left = size
        var isAtEnd = false
        while left > 0 {
            let wanted = Int(min(left, Int64(buffer.count)))
            let count = try buffer.withMutableRawBytes { bytes throws(ArchiveError) -> Int in
                let room = UnsafeMutableRawBufferPointer(rebasing: bytes[..<wanted])
                if !isAtEnd {
                    let got = try system(shown) { () throws(SyscallError) in try file.read(into: room) }
                    if got > 0 { return got }
                    isAtEnd = true
                }
                room.initializeMemory(as: UInt8.self, repeating: 0)
                return wanted
            }
            try buffer.withRawBytes { bytes throws(ArchiveError) in try tar.write(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
            left -= Int64(count)
        }
    }

    private static func entry(_ path: [UInt8], _ kind: TarEntry.Kind, _ status: FileStatus) -> TarEntry {
        TarEntry(
            path, kind: kind, permissions: status.permissions, uid: status.uid, gid: status.gid, modifiedSeconds: status.modified.seconds,
            modifiedNanoseconds: status.modified.nanoseconds)
    }
}
