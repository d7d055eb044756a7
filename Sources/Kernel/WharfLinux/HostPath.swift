// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Paths of the host that Wharf itself or the administrator chose: below the root, the exec-root, a configuration file.
// Nobody in a container can change them, so they may be paths; everything else goes through `RootFD`.

import CWharfLinux
import Glibc

/// A trusted path on the host, as bytes.
public struct HostPath: Sendable, Hashable, CustomStringConvertible, KernelPath {
    public let pathBytes: [UInt8]

    public init(_ path: some KernelPath) {
        pathBytes = path.pathBytes
    }

    /// For people and logs.
    public var description: String { displayPath(pathBytes) }

    /// The path of an entry below this one. `component` may hold slashes; it is trusted like the path itself.
    public static func / (path: HostPath, component: some KernelPath) -> HostPath {
        let slash: [UInt8] = path.pathBytes.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        return HostPath(path.pathBytes + slash + component.pathBytes)
    }

    /// The path without its last component; `/` for a path directly below it, `.` for a bare name.
    public var parent: HostPath {
        var bytes = pathBytes
        while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return HostPath(".") }
        return HostPath(Array(bytes[..<max(slash, 1)]))
    }

    /// The last component.
    public var name: [UInt8] { pathComponents(pathBytes).last ?? [] }

    /// Opens it, links followed.
    public func open(_ flags: OpenFlags = .read, permissions: UInt32 = 0) throws(SyscallError) -> Descriptor {
        try withPath(pathBytes, call: "openat") { path throws(SyscallError) in
            Descriptor(
                owning: try syscall("openat", description) {
                    wharf_openat2(AT_FDCWD, path, flags.kernelValue, UInt64(permissions), 0)
                })
        }
    }

    /// The directory, open for reading (so that it can be listed and synced).
    public func openDirectory() throws(SyscallError) -> Descriptor { try open([.read, .directory]) }

    /// What it is, links followed.
    public func status() throws(SyscallError) -> FileStatus { try open(.handle).status() }

    /// Whether something is there.
    public func exists() throws(SyscallError) -> Bool {
        do {
            _ = try status()
            return true
        } catch  where error.errno == ENOENT || error.errno == ENOTDIR {
            return false
        }
    }

    /// Makes the directory; one that exists is left alone, its mode included. `parents` are made with the same mode.
    public func mkdir(permissions: UInt32 = 0o755, parents: Bool = true) throws(SyscallError) {
        do {
            try makeOne(permissions)
        } catch  where error.errno == EEXIST {
            guard try status().kind == .directory else { throw SyscallError("mkdirat", description, errno: ENOTDIR) }
        } catch  where error.errno == ENOENT && parents {
            let above = parent
            if above == self { throw error }
            try above.mkdir(permissions: permissions, parents: true)
            try mkdir(permissions: permissions, parents: false)
        }
    }

    /// Makes the directory, which must not exist (EEXIST).
    public func makeDirectory(permissions: UInt32) throws(SyscallError) { try makeOne(permissions) }

    private func makeOne(_ permissions: UInt32) throws(SyscallError) {
        try withPath(pathBytes, call: "mkdirat") { path throws(SyscallError) in
            try syscall("mkdirat", description) { mkdirat(AT_FDCWD, path, mode_t(permissions)) }
        }
    }

    /// The names in the directory.
    public func entries() throws(SyscallError) -> [DirectoryEntry] { try openDirectory().directoryEntries() }

    /// The bytes of a file, at most `limit`; more is EFBIG.
    public func read(limit: Int) throws(SyscallError) -> [UInt8] { try open(.read).readAll(limit: limit) }

    /// The target of the link here, as stored.
    public func readLink() throws(SyscallError) -> [UInt8] { try open([.handle, .noFollow]).linkTarget() }

    /// Removes a file or link; a missing one is not an error.
    public func unlink() throws(SyscallError) {
        do {
            try withPath(pathBytes, call: "unlinkat") { path throws(SyscallError) in
                try syscall("unlinkat", description) { unlinkat(AT_FDCWD, path, 0) }
            }
        } catch  where error.errno == ENOENT {
            return
        }
    }

    /// Removes an empty directory; a missing one is not an error.
    public func rmdir() throws(SyscallError) {
        do {
            try withPath(pathBytes, call: "unlinkat") { path throws(SyscallError) in
                try syscall("unlinkat", description) { unlinkat(AT_FDCWD, path, AT_REMOVEDIR) }
            }
        } catch  where error.errno == ENOENT {
            return
        }
    }

    /// Removes it and everything below; a missing one is not an error.
    public func removeTree() throws(SyscallError) {
        let above: Descriptor
        do { above = try parent.open([.handle, .directory]) } catch  where error.errno == ENOENT { return }
        try WharfLinux.removeTree(in: above, name)
    }

    /// rename(2) to another trusted path of the same file system.
    public func rename(to target: HostPath, replacing: Bool = true) throws(SyscallError) {
        try renameEntry(
            try parent.open([.handle, .directory]), name, try target.parent.open([.handle, .directory]), target.name, replacing: replacing)
    }
}
