// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One directory of one hierarchy and the verbs that both versions share. The paths are Wharf's own names below a mount
// point of the host, never a container's.

import Glibc
public import WharfLinux

/// A control group's directory.
public struct CgroupDirectory: Sendable {
    /// What is controlled here: version 1 names, or `unified`.
    public let controllers: [String]
    public let path: HostPath
    /// Below the hierarchy's mount point, with a slash in front.
    public let inner: String

    /// `inner` starts with a slash; `/` is the mount point itself.
    public init(controllers: [String], mountPoint: HostPath, inner: String) {
        self.controllers = controllers
        self.inner = inner
        path = inner.utf8.elementsEqual("/".utf8) ? mountPoint : HostPath(mountPoint.pathBytes + inner.utf8)
    }

    /// A sub-group: `sub` has no slash in front.
    func below(_ sub: String) -> CgroupDirectory {
        let parent = inner.utf8.elementsEqual("/".utf8) ? "" : inner
        return CgroupDirectory(controllers: controllers, directory: path / sub, inner: "\(parent)/\(sub)")
    }

    /// The same place seen as `path`, for looking at one directory of a walk.
    private init(controllers: [String], directory: HostPath, inner: String) {
        self.controllers = controllers
        self.inner = inner
        path = directory
    }

    /// A directory of the hierarchy that the walk or the way down has found.
    init(_ directory: HostPath) { self.init(controllers: [], directory: directory, inner: "") }

    /// One write to a control file.
    public func write(_ file: String, _ value: String) throws(SyscallError) {
        do {
            try (path / file).open(.write).writeOnce(value)
        } catch {
            throw SyscallError(error.call, "\(path / file)", errno: error.errno)
        }
    }

    /// A control file's text without the final newline; at most 1 MiB.
    public func read(_ file: String) throws(SyscallError) -> String {
        var bytes = try (path / file).read(limit: 1 << 20)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A number from a file of `key number` lines; nil when the key is not there.
    public func value(_ key: String, in file: String) throws(SyscallError) -> UInt64? {
        for line in try read(file).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 && words[0].utf8.elementsEqual(key.utf8) { return UInt64(words[1]) }
        }
        return nil
    }

    /// Whether the kernel offers a control file here.
    public func has(_ file: String) -> Bool {
        // Any failure means that it can't be used, which is the question.
        (try? (path / file).exists()) ?? false
    }

    /// The processes here and in all sub-groups; none when the directory is gone.
    public func processes() throws(SyscallError) -> [Int32] {
        var found: [Int32] = []
        for directory in try subtree() {
            do {
                found += try CgroupDirectory(directory).read("cgroup.procs").split(separator: "\n")
                    .compactMap { Int32($0) }
            } catch  where error.errno == ENOENT || error.errno == ENODEV || error.errno == EOPNOTSUPP {
                // It went away meanwhile, or it is a threaded sub-group whose processes stand above.
                continue
            }
        }
        return found
    }

    /// This directory and its sub-groups, deepest last. The container may have made them, so depth and number are
    /// bounded: E2BIG.
    func subtree() throws(SyscallError) -> [HostPath] {
        var found = [path]
        var next = 0
        while next < found.count {
            let here = found[next]
            next += 1
            do {
                for entry in try here.entries() where entry.kind == .directory { found.append(here / entry.name) }
            } catch  where error.errno == ENOENT || error.errno == ENODEV {
                continue
            }
            if found.count > 65536 { throw SyscallError("getdents64", path.description, errno: E2BIG) }
        }
        return found
    }
}
