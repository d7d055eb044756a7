// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Copies a layer's tree onto another tree, as overlay would show the two: whiteouts remove, opaque directories start empty.

import Glibc
import WharfLinux

/// Copies everything of `layer` onto `target`; both are directories open for reading.
func copyLayer(_ layer: Descriptor, onto target: Descriptor) throws(SyscallError) {
    var copy = LayerCopy(top: target)
    try copy.directory(layer, onto: target, path: [])
}

/// One copy; remembers where inodes with several names went.
private struct LayerCopy {
    let top: Descriptor
    private var linked: [UInt64: [UInt8]] = [:]

    private static let opaque = "trusted.overlay.opaque"

    init(top: Descriptor) { self.top = top }

    mutating func directory(_ source: Descriptor, onto target: Descriptor, path: [[UInt8]]) throws(SyscallError) {
        if try source.attribute(Self.opaque) == [UInt8(ascii: "y")] { try removeContents(of: target) }
        for entry in try source.directoryEntries() {
            try copy(entry.name, from: source, to: target, path: path + [entry.name])
        }
        try attributes(of: source, to: target)
        let status = try source.status()
        try target.setTimes(accessed: status.accessed, modified: status.modified)
    }

    private mutating func copy(_ name: [UInt8], from source: Descriptor, to target: Descriptor, path: [[UInt8]]) throws(SyscallError) {
        let status = try openBelow(source, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks]).status()
        if status.kind == .directory { return try copyDirectory(name, from: source, to: target, path: path) }
        try removeTree(in: target, name)
        if status.kind == .characterDevice, status.deviceMajor == 0, status.deviceMinor == 0 { return }
        let here = [UInt8](path.joined(separator: [UInt8(ascii: "/")]))
        if status.links > 1, let first = linked[status.inode] { return try RootFD(top).link(first, at: here) }
        linked[status.inode] = here
        switch status.kind {
        case .regular: try copyFile(name, status, from: source, to: target)
        case .symlink: try RootFD(target).symlink(try RootFD(source).readLink(name), at: name)
        default:
            let device = DeviceNumber(major: status.deviceMajor, minor: status.deviceMinor)
            try RootFD(target).mknod(name, kind: status.kind, permissions: 0o600, device: device)
        }
        guard status.kind != .regular else { return }
        let made = try openBelow(target, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        try made.setOwner(uid: status.uid, gid: status.gid)
        if status.kind != .symlink { try made.setPermissions(status.permissions) }
        try made.setTimes(accessed: status.accessed, modified: status.modified)
    }

    private mutating func copyDirectory(
        _ name: [UInt8], from source: Descriptor, to target: Descriptor, path: [[UInt8]]
    ) throws(SyscallError) {
        let kind: FileKind?
        do {
            kind = try openBelow(target, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks]).status().kind
        } catch  where error.errno == ENOENT {
            kind = nil
        }
        if kind != nil, kind != .directory { try removeTree(in: target, name) }
        if kind != .directory { try RootFD(target).mkdir(name, permissions: 0o700) }
        try directory(
            openBeneath(source, name, [.read, .directory, .noFollow]), onto: openBeneath(target, name, [.read, .directory, .noFollow]),
            path: path)
    }

    private func copyFile(_ name: [UInt8], _ status: FileStatus, from source: Descriptor, to target: Descriptor) throws(SyscallError) {
        let input = try openBeneath(source, name, [.read, .noFollow])
        let output = try openBeneath(target, name, [.write, .create, .exclusive, .noFollow], permissions: 0o600)
        var buffer = [UInt8](repeating: 0, count: 1 << 17)
        while true {
            let count = try buffer.withMutableRawBytes { buffer throws(SyscallError) -> Int in try input.read(into: buffer) }
            if count == 0 { break }
            try buffer.withRawBytes { buffer throws(SyscallError) -> Void in
                try output.writeAll(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            }
        }
        try attributes(of: input, to: output)
        try output.setTimes(accessed: status.accessed, modified: status.modified)
    }

    private func attributes(of source: Descriptor, to target: Descriptor) throws(SyscallError) {
        let status = try source.status()
        try target.setOwner(uid: status.uid, gid: status.gid)
        try target.setPermissions(status.permissions)
        for name in try source.attributeNames() where !name.starts(with: "trusted.overlay.".utf8) {
            if let value = try source.attribute(name) { try target.setAttribute(name, value) }
        }
    }
}
