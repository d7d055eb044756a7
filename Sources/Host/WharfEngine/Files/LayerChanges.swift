// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container changed, read off overlay's upper directory: a name there is a change, a name that the layers below have too
// a modification, a whiteout a removal. Blocking, by descriptors.

import Glibc
import WharfDockerAPI
import WharfError
import WharfLinux

/// Compares an upper directory with the layers below it.
struct LayerChanges {
    private let upper: Descriptor
    /// Topmost first.
    private let lowers: [Descriptor]
    private var changes: [FilesystemChange] = []
    private var visited = 0

    /// More names than this are refused.
    private static let limit = 4_000_000

    init(upper: Descriptor, lowers: [Descriptor]) {
        self.upper = upper
        self.lowers = lowers
    }

    /// All changes, a directory before what is in it.
    static func find(upper: Descriptor, lowers: [Descriptor]) throws(SyscallError) -> [FilesystemChange] {
        var changes = LayerChanges(upper: upper, lowers: lowers)
        try changes.walk(upper, [])
        return changes.changes
    }

    private mutating func walk(_ directory: Descriptor, _ path: [UInt8]) throws(SyscallError) {
        let names = try directory.directoryEntries().map(\.name).sorted { $0.lexicographicallyPrecedes($1) }
        for name in names {
            visited += 1
            if visited > Self.limit { throw SyscallError("getdents64", "too many changes", errno: E2BIG) }
            let whole = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            do { try look(name, whole, in: directory) } catch  where error.errno == ENOENT { continue }
        }
    }

    private mutating func look(_ name: [UInt8], _ path: [UInt8], in directory: Descriptor) throws(SyscallError) {
        let handle = try openBelow(directory, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        let status = try handle.status()
        let below = try shown(below: path)
        if status.kind == .characterDevice, status.deviceMajor == 0, status.deviceMinor == 0 {
            // The mark alone, of something that came and went, hides nothing.
            if below != nil { add(path, .deleted) }
            return
        }
        guard status.kind == .directory else { return add(path, below == nil ? .added : .modified) }
        let opened = try openBelow(handle, ".", [.read, .directory], resolve: [.beneath])
        let index = changes.count
        if let below {
            let isOpaque = try opened.attribute("trusted.overlay.opaque").map { $0.elementsEqual("y".utf8) } ?? false
            add(path, .modified)
            // Copied up for something inside it: a change of its own only if it has other attributes, or others inside.
            try walk(opened, path)
            let isSame =
                below.kind == .directory && below.permissions == status.permissions && below.uid == status.uid
                && below.gid == status.gid && (below.modified == status.modified || Self.hasScenery.contains(displayPath(path)))
            if isSame, !isOpaque, changes.count == index + 1 { changes.removeLast() }
        } else {
            add(path, .added)
            try walk(opened, path)
        }
    }

    /// What the layers below show at a path; nil for nothing.
    private func shown(below path: [UInt8]) throws(SyscallError) -> FileStatus? {
        for layer in lowers {
            do {
                let found = try openBelow(layer, path, [.handle, .noFollow], resolve: [.beneath, .noSymlinks, .noMagicLinks]).status()
                return found.kind == .characterDevice && found.deviceMajor == 0 && found.deviceMinor == 0 ? nil : found
            } catch  where error.errno == ELOOP {
                // A link in a directory's place hides what lies below it.
                return nil
            } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
                if try hides(layer, path) { return nil }
            }
        }
        return nil
    }

    /// Whether a layer says that nothing of the layers below it shows on the way to a path.
    private func hides(_ layer: Descriptor, _ path: [UInt8]) throws(SyscallError) -> Bool {
        var components = pathComponents(path)
        while components.count > 1 {
            components.removeLast()
            let above = Array(components.joined(separator: [UInt8(ascii: "/")]))
            let handle: Descriptor
            do {
                handle = try openBelow(layer, above, [.handle, .noFollow], resolve: [.beneath, .noSymlinks, .noMagicLinks])
            } catch  where [ENOENT, ENOTDIR, ELOOP].contains(error.errno) {
                continue
            }
            guard try handle.status().kind == .directory else { return true }
            let directory = try openBelow(handle, ".", [.read, .directory], resolve: [.beneath])
            if try directory.attribute("trusted.overlay.opaque").map({ $0.elementsEqual("y".utf8) }) == true { return true }
        }
        return false
    }

    private mutating func add(_ path: [UInt8], _ kind: FilesystemChange.Kind) {
        let change = FilesystemChange(path: "/" + displayPath(path), kind: kind)
        if kind != .added || !Self.scenery.contains(change.path) { changes.append(change) }
    }

    /// What every container gets from the daemon as places to mount on: nothing that anybody changed.
    private static let scenery: Set<String> = [
        "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/console", "/proc", "/sys", "/etc", "/etc/hosts", "/etc/hostname",
        "/etc/resolv.conf", "/etc/mtab", "/.dockerenv",
    ]

    /// Directories whose times say that such places were made in them.
    private static let hasScenery: Set<String> = ["dev", "etc"]
}
