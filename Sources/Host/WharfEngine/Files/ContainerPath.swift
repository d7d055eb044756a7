// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A path of a container as cp means it: its directory's links are followed inside the container, its last name is not, unless
// the path ends in `/` or `/.` (moby, container/archive.go, ResolvePath). Blocking.

import Glibc
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux

/// A path that a client gave.
struct ContainerPath: Sendable {
    /// As given.
    let text: String
    /// Cleaned by its text, without slashes around it; empty for the root.
    let components: [[UInt8]]
    /// It ends in `/.`: the directory's contents are meant.
    let meansContents: Bool
    /// The last name is followed, and must be a directory's.
    let followsLast: Bool

    /// - Throws: `invalidArgument` for no path, or one with a NUL.
    init(_ text: String) throws(WharfError) {
        guard !text.isEmpty else { throw WharfError(.invalidArgument, "bad parameter: path cannot be empty") }
        guard CleanPath.isUsable(text) else { throw WharfError(.invalidArgument, "bad parameter: the path has a NUL in it") }
        self.text = text
        let clean = CleanPath.clean("/" + text)
        components = pathComponents(clean)
        let bytes = Array(text.utf8)
        meansContents = bytes == [UInt8(ascii: ".")] || bytes.suffix(2).elementsEqual("/.".utf8)
        followsLast = meansContents || bytes.last == UInt8(ascii: "/") || components.isEmpty
    }

    /// What the last component is called: `/` for the root, `.` for contents.
    var name: [UInt8] {
        if meansContents { return Array(".".utf8) }
        return components.last ?? Array("/".utf8)
    }

    /// For the kernel.
    var bytes: [UInt8] { Array(components.joined(separator: [UInt8(ascii: "/")])) }

    /// A handle of the inode and what it is.
    ///
    /// - Throws: ENOENT, ENOTDIR, ELOOP as the kernel finds it.
    func look(below root: Descriptor) throws(SyscallError) -> (handle: Descriptor, status: FileStatus) {
        let handle: Descriptor
        if followsLast {
            handle = try openBelow(root, bytes, [.handle, .directory], resolve: [.inRoot, .noMagicLinks])
        } else {
            handle = try openBelow(parent(below: root), components.last ?? [], [.handle, .noFollow], resolve: [.beneath, .noMagicLinks])
        }
        return (handle, try handle.status())
    }

    /// A handle of the directory that the last name is in.
    func parent(below root: Descriptor) throws(SyscallError) -> Descriptor {
        let above = Array(components.dropLast().joined(separator: [UInt8(ascii: "/")]))
        return try openBelow(root, above, [.handle, .directory], resolve: [.inRoot, .noMagicLinks])
    }

    /// The path with all links followed inside the root, by its text: what does not exist stays as it is written.
    static func resolved(_ components: [[UInt8]], below root: Descriptor) -> [[UInt8]] {
        var todo = Array(components.reversed())
        var done: [[UInt8]] = []
        var links = 0
        while let name = todo.popLast() {
            if name.elementsEqual("..".utf8) {
                _ = done.popLast()
                continue
            }
            let here = Array((done + [name]).joined(separator: [UInt8(ascii: "/")]))
            // Not a link, or not there: the name itself.
            guard links < 255, let target = try? RootFD(root).readLink(here) else {
                done.append(name)
                continue
            }
            links += 1
            if target.first == UInt8(ascii: "/") { done = [] }
            todo += pathComponents(target).reversed()
        }
        return done
    }

    /// The path with a slash in front, for people and answers.
    static func shown(_ components: [[UInt8]]) -> String { "/" + displayPath(Array(components.joined(separator: [UInt8(ascii: "/")]))) }
}

extension ContainerPathStat {
    /// Docker's document about an inode.
    init(_ path: ContainerPath, _ status: FileStatus, below root: Descriptor) {
        self.init(
            name: displayPath(path.name), size: status.size, mode: Self.goMode(status),
            mtime: Timestamp(seconds: status.modified.seconds, nanoseconds: Int32(truncatingIfNeeded: status.modified.nanoseconds)))
        if status.kind == .symlink { linkTarget = ContainerPath.shown(ContainerPath.resolved(path.components, below: root)) }
    }

    /// Go's io/fs.FileMode.
    static func goMode(_ status: FileStatus) -> UInt32 {
        var mode = status.permissions & 0o777
        switch status.kind {
        case .regular: break
        case .directory: mode |= Self.directory
        case .symlink: mode |= Self.symlink
        case .blockDevice: mode |= 1 << 26
        case .characterDevice: mode |= 1 << 26 | 1 << 21
        case .fifo: mode |= 1 << 25
        case .socket: mode |= 1 << 24
        case .unknown: mode |= 1 << 19
        }
        if status.permissions & 0o4000 != 0 { mode |= 1 << 23 }
        if status.permissions & 0o2000 != 0 { mode |= 1 << 22 }
        if status.permissions & 0o1000 != 0 { mode |= 1 << 20 }
        return mode
    }
}
