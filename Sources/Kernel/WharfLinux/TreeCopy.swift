// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Copying a tree by descriptors: no path is built and no link followed on either side. What is copied: directories,
// regular files with their holes, links, devices and FIFOs, with owners, modes, times and extended attributes.

import CWharfLinux
import Glibc

/// Copies what is below `source` into the directory `target`, and the attributes of `source` itself; both may be
/// handles. Sockets are left out, and so are devices and attributes that the caller may not make. Hard links become
/// files of their own. A tree deeper than 256 directories is ELOOP.
public func copyTree(from source: Descriptor, to target: Descriptor) throws(SyscallError) {
    var copy = TreeCopy()
    try copy.run(try reopen(source), try reopen(target))
}

/// A readable descriptor of a directory that is only a handle.
private func reopen(_ directory: Descriptor) throws(SyscallError) -> Descriptor {
    try openBelow(directory, ".", [.read, .directory], resolve: .beneath)
}

/// The walk: a stack of pairs of open directories, each with the names still to do.
private struct TreeCopy {
    private struct Level {
        let source: Descriptor
        let target: Descriptor
        let status: FileStatus
        var names: [DirectoryEntry]
    }

    private static let maximumDepth = 256

    private var stack: [Level] = []
    private var buffer = [UInt8](repeating: 0, count: 131_072)

    mutating func run(_ source: Descriptor, _ target: Descriptor) throws(SyscallError) {
        try push(source, target)
        while !stack.isEmpty {
            guard let entry = stack[stack.count - 1].names.popLast() else {
                let done = stack.removeLast()
                // Last, because filling a directory changes its times.
                try done.target.setTimes(accessed: done.status.accessed, modified: done.status.modified)
                continue
            }
            try copy(entry.name, from: stack[stack.count - 1].source, to: stack[stack.count - 1].target)
        }
    }

    private mutating func push(_ source: Descriptor, _ target: Descriptor) throws(SyscallError) {
        if stack.count >= TreeCopy.maximumDepth { throw SyscallError("openat2", "a tree that is too deep to copy", errno: ELOOP) }
        let status = try source.status()
        try copyAttributes(source, target, status)
        stack.append(Level(source: source, target: target, status: status, names: try source.directoryEntries()))
    }

    private mutating func copy(_ name: [UInt8], from source: Descriptor, to target: Descriptor) throws(SyscallError) {
        let entry = try openBelow(source, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        let status = try entry.status()
        switch status.kind {
        case .directory:
            try RootFD(target).mkdir(name, permissions: 0o700)
            try push(try openBeneath(source, name, [.read, .directory]), try openBeneath(target, name, [.read, .directory]))
        case .regular:
            let input = try openBeneath(source, name, [.read, .nonBlocking, .noFollow])
            let output = try openBeneath(target, name, [.readWrite, .create, .exclusive, .noFollow], permissions: 0o600)
            try copyData(input, output)
            try copyAttributes(input, output, status)
            try output.setTimes(accessed: status.accessed, modified: status.modified)
        case .symlink:
            try RootFD(target).symlink(try entry.linkTarget(), at: name)
            try setOwner(try openBeneathLink(target, name), status)
        case .characterDevice, .blockDevice, .fifo:
            try copyNode(name, status, to: target)
        case .socket, .unknown:
            return
        }
    }

    private func openBeneathLink(_ directory: Descriptor, _ name: [UInt8]) throws(SyscallError) -> Descriptor {
        try openBelow(directory, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
    }

    private func copyNode(_ name: [UInt8], _ status: FileStatus, to target: Descriptor) throws(SyscallError) {
        do {
            try RootFD(target).mknod(
                name, kind: status.kind, permissions: status.permissions,
                device: DeviceNumber(major: status.deviceMajor, minor: status.deviceMinor))
        } catch  where error.errno == EPERM {
            // Devices are for the host's root only; inside a user namespace nobody could use the copy.
            return
        }
        let made = try openBeneathLink(target, name)
        try setOwner(made, status)
        try made.setPermissions(status.permissions)
    }

    /// Owner before mode, because a change of owner takes setuid bits away; attributes after both for the same reason.
    private func copyAttributes(_ source: Descriptor, _ target: Descriptor, _ status: FileStatus) throws(SyscallError) {
        try setOwner(target, status)
        try target.setPermissions(status.permissions)
        for name in try source.attributeNames() {
            guard let value = try source.attribute(name) else { continue }
            do { try target.setAttribute(name, value) } catch  where error.errno == EOPNOTSUPP || error.errno == EPERM { continue }
        }
    }

    /// An owner that the caller's user namespace doesn't know stays the caller.
    private func setOwner(_ target: Descriptor, _ status: FileStatus) throws(SyscallError) {
        do { try target.setOwner(uid: status.uid, gid: status.gid) } catch  where error.errno == EINVAL || error.errno == EPERM { return }
    }

    /// Only what is data: an image's sparse file of many gigabytes costs what it holds.
    private mutating func copyData(_ input: Descriptor, _ output: Descriptor) throws(SyscallError) {
        let size = try input.status().size
        var offset: Int64 = 0
        while offset < size {
            // SEEK_DATA 3, SEEK_HOLE 4.
            let start = lseek(input.raw, off_t(offset), 3)
            if start < 0 && errno == ENXIO { break }
            let end = start < 0 ? off_t(size) : lseek(input.raw, start, 4)
            try copyRange(input, output, from: max(Int64(start), offset), to: end < 0 ? size : min(Int64(end), size))
            offset = end < 0 ? size : Int64(end)
        }
        if try output.status().size != size { try output.truncate(to: size) }
    }

    private mutating func copyRange(_ input: Descriptor, _ output: Descriptor, from start: Int64, to end: Int64) throws(SyscallError) {
        var offset = start
        try output.seek(to: start)
        while offset < end {
            let count = try buffer.withUnsafeMutableBufferPointer { buffer throws(SyscallError) -> Int in
                let bytes = UnsafeMutableRawBufferPointer(buffer)
                let wanted = UnsafeMutableRawBufferPointer(rebasing: bytes[..<min(bytes.count, Int(end - offset))])
                let count = try input.read(into: wanted, at: offset)
                try output.writeAll(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(wanted)[..<count]))
                return count
            }
            // It became shorter while it was read.
            if count == 0 { return }
            offset += Int64(count)
        }
    }
}
