// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What stands at the local end of a copy.

import Glibc
import WharfLinux

/// The local source of a copy.
enum CopySource {
    /// Finds it. The links of its directory are followed, its last name only on request or when the path ends in a slash.
    ///
    /// - Throws: Go's words for what is not there.
    static func look(_ path: String, followsLink: Bool) throws -> (end: CopyEnd, status: FileStatus) {
        var end = CopyEnd(path: path, exists: true)
        let plain = HostPath(CopyPath.clean(path))
        do {
            if followsLink, let target = try resolvedLink(plain) {
                (end.path, end.rebasedName) = CopyPath.rebased(path, to: target)
            }
            let follows = CopyPath.assertsDirectory(path)
            let status = try HostPath(CopyPath.clean(end.path)).open(follows ? .handle : [.handle, .noFollow]).status()
            end.isDirectory = status.kind == .directory
            return (end, status)
        } catch {
            throw ExitError("lstat \(CopyPath.clean(path)): \(error.reason)")
        }
    }

    /// Where a symbolic link leads at last; nil for what is none.
    private static func resolvedLink(_ path: HostPath) throws(SyscallError) -> String? {
        var here = path
        for _ in 0..<40 {
            let handle = try here.open([.handle, .noFollow])
            guard try handle.status().kind == .symlink else { return here == path ? nil : here.description }
            here = HostPath(CopyPath.join(here.parent.description, displayPath(try handle.linkTarget())))
        }
        throw SyscallError("readlink", path.description, errno: ELOOP)
    }
}

/// The local destination of a copy.
enum CopyTarget {
    /// Whether it can be written to, before the daemon begins.
    static func check(_ path: String) throws {
        let parent = CopyPath.parent(CopyPath.absolute(path))
        guard let above = try? HostPath(parent).status(), above.kind == .directory else {
            throw ExitError("invalid output path: directory \(quoted(parent)) does not exist")
        }
        // Nothing is there: it will be made.
        guard let status = try? HostPath(CopyPath.clean(path)).status() else { return }
        switch status.kind {
        case .characterDevice, .blockDevice:
            throw ExitError("invalid output path: \(quoted(path)) must be a directory or a regular file: got a device")
        case .fifo, .socket:
            throw ExitError("invalid output path: \(quoted(path)) must be a directory or a regular file: got an irregular file")
        default: return
        }
    }

    /// Finds it, links followed; one that is not there needs a directory to be made in.
    static func look(_ path: String) throws -> CopyEnd {
        var end = CopyEnd(path: path)
        for _ in 0..<10 {
            let here = HostPath(CopyPath.clean(end.path))
            let handle: Descriptor
            do { handle = try here.open([.handle, .noFollow]) } catch  where error.errno == ENOENT {
                let parent = HostPath(CopyPath.parent(end.path))
                do {
                    guard try parent.status().kind == .directory else { throw ExitError("not a directory") }
                } catch let error as SyscallError {
                    throw ExitError("lstat \(parent): \(error.reason)")
                }
                return end
            } catch {
                throw ExitError("lstat \(here): \(error.reason)")
            }
            let status = try handle.status()
            guard status.kind == .symlink else {
                (end.exists, end.isDirectory) = (true, status.kind == .directory)
                return end
            }
            end.path = CopyPath.join(here.parent.description, displayPath(try handle.linkTarget()))
        }
        throw ExitError("too many symlinks in \(quoted(path))")
    }
}
