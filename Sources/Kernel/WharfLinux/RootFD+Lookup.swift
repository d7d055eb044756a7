// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The steps below P1: one resolved open with the retry that openat2 asks for, an open of one plain name, a rename, and
// the creation of missing directories.

import CWharfLinux
import Glibc

/// How long a lookup is tried again when a rename somewhere else makes it ambiguous (EAGAIN of openat2).
/// Races on a busy tree end within about 0.8 ms.
private let lookupDeadline = Duration.milliseconds(2)

/// openat2 below `directory` under `resolve`, tried again while the kernel can't be sure (EAGAIN).
public func openBelow(
    _ directory: Descriptor, _ path: some KernelPath, _ flags: OpenFlags, permissions: UInt32 = 0, resolve: Resolve
) throws(SyscallError) -> Descriptor {
    try withPath(path.pathBytes.isEmpty ? [UInt8(ascii: ".")] : path.pathBytes, call: "openat2") { name throws(SyscallError) in
        var deadline: Duration?
        while true {
            do throws(SyscallError) {
                let number = try syscall("openat2", displayPath(path)) {
                    wharf_openat2(directory.raw, name, flags.kernelValue, UInt64(permissions), resolve.rawValue)
                }
                return Descriptor(owning: number)
            } catch  where error.errno == EAGAIN {
                let now = KernelClock.monotonic()
                let end = deadline ?? now + lookupDeadline
                if now >= end { throw error }
                deadline = end
            }
        }
    }
}

/// Opens one plain name in `directory`: no slash, no link, nothing beyond.
public func openBeneath(
    _ directory: Descriptor, _ name: some KernelPath, _ flags: OpenFlags, permissions: UInt32 = 0
) throws(SyscallError) -> Descriptor {
    try openBelow(directory, name, flags, permissions: permissions, resolve: [.beneath, .noSymlinks, .noMagicLinks])
}

/// Renames one plain name to another, each in its directory.
public func renameEntry(
    _ source: Descriptor, _ name: some KernelPath, _ target: Descriptor, _ newName: some KernelPath, replacing: Bool = true
) throws(SyscallError) {
    try withPath(name, call: "renameat2") { old throws(SyscallError) in
        try withPath(newName, call: "renameat2") { new throws(SyscallError) in
            try syscall("renameat2", displayPath(newName)) {
                wharf_renameat2(source.raw, old, target.raw, new, replacing ? 0 : 1)
            }
        }
    }
}

extension RootFD {
    /// The directory at `path`, made with all its missing parents; a handle of it.
    ///
    /// Links are followed inside the tree, also one whose target does not exist yet: the target is then made, as
    /// container engines do for mount points. What exists and is no directory is ENOTDIR.
    public func mkdirAll(_ path: some KernelPath, permissions: UInt32 = 0o755) throws(SyscallError) -> Descriptor {
        try ensureDirectory(path, permissions: permissions).handle
    }

    /// `mkdirAll` that also tells whether anything had to be made.
    public func ensureDirectory(
        _ path: some KernelPath, permissions: UInt32 = 0o755
    ) throws(SyscallError) -> (handle: Descriptor, made: Bool) {
        do {
            return (try openBelow(directory, path, [.handle, .directory], resolve: [.inRoot, .noMagicLinks]), false)
        } catch  where error.errno == ENOENT {
            return try walk(path, permissions: permissions, lastIsFile: false)
        }
    }

    /// The inode at `path`, made as an empty file where nothing is; its parents must exist, and a link in its place is
    /// ELOOP: for names that only the runtime may give.
    public func touchPlain(_ path: some KernelPath, permissions: UInt32 = 0o644) throws(SyscallError) -> Descriptor {
        let (parent, leaf) = try parent(of: path)
        _ = try make(leaf, in: parent, file: true, permissions: permissions)
        let entry = try openEntry(parent, leaf)
        if try entry.status().kind == .symlink { throw SyscallError("openat2", displayPath(path), errno: ELOOP) }
        return entry
    }

    /// The inode at `path`, followed inside the tree; where nothing is, an empty file (with its missing parents).
    ///
    /// For mount targets: what exists is left as it is, whatever its type.
    public func touch(_ path: some KernelPath, permissions: UInt32 = 0o644, directories: UInt32 = 0o755) throws(SyscallError) -> Descriptor
    {
        do {
            return try openBelow(directory, path, .handle, resolve: [.inRoot, .noMagicLinks])
        } catch  where error.errno == ENOENT {
            return try walk(path, permissions: directories, lastIsFile: true, filePermissions: permissions).handle
        }
    }

    /// Goes down one component at a time, making what is missing. Every step is relative to a descriptor, so an
    /// exchange underneath can only lead to another place of the same tree, or to an error.
    private func walk(
        _ path: some KernelPath, permissions: UInt32, lastIsFile: Bool, filePermissions: UInt32 = 0o644
    ) throws(SyscallError) -> (handle: Descriptor, made: Bool) {
        var todo = Array(pathComponents(path).reversed())
        var stack = [directory]
        var links = 0
        var made = false
        while let name = todo.popLast() {
            if name == dotDot {
                if stack.count > 1 { stack.removeLast() }
                continue
            }
            let here = stack[stack.count - 1]
            let file = lastIsFile && todo.isEmpty
            let next: Descriptor
            do throws(SyscallError) {
                next = try openEntry(here, name)
            } catch  where error.errno == ENOENT {
                made = try make(name, in: here, file: file, permissions: file ? filePermissions : permissions) || made
                next = try openEntry(here, name)
            }
            let status = try next.status()
            if status.kind == .symlink {
                links += 1
                if links > 40 { throw SyscallError("openat2", displayPath(path), errno: ELOOP) }
                let target = try next.linkTarget()
                if target.first == UInt8(ascii: "/") { stack = [directory] }
                todo += pathComponents(target).reversed()
            } else if status.kind == .directory || file {
                stack.append(next)
            } else {
                throw SyscallError("openat2", displayPath(path), errno: ENOTDIR)
            }
        }
        return (stack[stack.count - 1], made)
    }

    private func openEntry(_ here: Descriptor, _ name: [UInt8]) throws(SyscallError) -> Descriptor {
        try openBelow(here, name, [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
    }

    /// Makes one entry; false when somebody else was first.
    private func make(_ name: [UInt8], in here: Descriptor, file: Bool, permissions: UInt32) throws(SyscallError) -> Bool {
        do {
            try withPath(name, call: "mkdirat") { text throws(SyscallError) in
                if file {
                    try syscall("mknodat", displayPath(name)) { wharf_mknodat(here.raw, text, 0o100000 | permissions, 0) }
                } else {
                    try syscall("mkdirat", displayPath(name)) { mkdirat(here.raw, text, mode_t(permissions)) }
                }
            }
            return true
        } catch  where error.errno == EEXIST {
            return false
        }
    }
}
