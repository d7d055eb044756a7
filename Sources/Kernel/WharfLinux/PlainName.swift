// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One plain name in an opened directory, for loops that handle a hundred thousand of them: the name is a C string that the
// caller keeps, nothing is copied or allocated, and no call follows a link in its place.

import CWharfLinux
import Glibc

/// A name without a slash that is neither `.` nor `..`, as a C string. The memory is the caller's.
public struct PlainName {
    private let name: UnsafePointer<CChar>

    /// - Parameter name: must keep the promise above; who takes names from outside has checked them.
    public init(_ name: UnsafePointer<CChar>) { self.name = name }

    private var text: String { String(cString: name) }

    /// A new file in `directory`, open for writing. EEXIST if anything has the name; the umask applies.
    public func createFile(in directory: Descriptor, permissions: UInt32) throws(SyscallError) -> Descriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(owning: try syscall("openat", text) { wharf_openat(directory.raw, name, flags, permissions) })
    }

    /// A new directory. EEXIST if anything has the name; the umask applies.
    public func makeDirectory(in directory: Descriptor, permissions: UInt32) throws(SyscallError) {
        _ = try syscall("mkdirat", text) { mkdirat(directory.raw, name, mode_t(permissions)) }
    }

    /// A new symbolic link that holds `target`.
    public func makeLink(in directory: Descriptor, to target: [UInt8]) throws(SyscallError) {
        try withPath(target, call: "symlinkat") { target throws(SyscallError) in
            _ = try syscall("symlinkat", text) { symlinkat(target, directory.raw, name) }
        }
    }

    /// A second name for the inode that has this one in `directory`.
    public func link(in directory: Descriptor, as other: PlainName, in target: Descriptor) throws(SyscallError) {
        _ = try syscall("linkat", other.text) { linkat(directory.raw, name, target.raw, other.name, 0) }
    }

    /// Opens a directory for reading; a link in its place is ELOOP or ENOTDIR.
    public func openDirectory(in directory: Descriptor) throws(SyscallError) -> Descriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        return Descriptor(owning: try syscall("openat", text) { wharf_openat(directory.raw, name, flags, 0) })
    }

    /// Sets owner and group, of a link itself.
    public func setOwner(in directory: Descriptor, uid: UInt32, gid: UInt32) throws(SyscallError) {
        _ = try syscall("fchownat", text) { wharf_fchownat(directory.raw, name, uid, gid, AT_SYMLINK_NOFOLLOW) }
    }

    /// Sets access and modification time to one value, of a link itself.
    public func setTimes(in directory: Descriptor, seconds: Int64, nanoseconds: Int64) throws(SyscallError) {
        let time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        var times = (time, time)
        try syscall("utimensat", text) {
            withUnsafePointer(to: &times) { pointer in
                pointer.withMemoryRebound(to: timespec.self, capacity: 2) {
                    utimensat(directory.raw, name, $0, AT_SYMLINK_NOFOLLOW)
                }
            }
        }
    }

    /// What has the name, not followed.
    public func status(in directory: Descriptor) throws(SyscallError) -> FileStatus {
        var status = stat()
        try syscall("fstatat", text) { fstatat(directory.raw, name, &status, AT_SYMLINK_NOFOLLOW) }
        return FileStatus(status)
    }

    /// Removes a name that is no directory; false if it is one. A missing name is not an error.
    public func unlink(in directory: Descriptor) throws(SyscallError) -> Bool {
        do {
            _ = try syscall("unlinkat", text) { unlinkat(directory.raw, name, 0) }
            return true
        } catch {
            // Linux says EISDIR for a directory, other file systems EPERM as POSIX has it.
            if error.errno == EISDIR || error.errno == EPERM { return false }
            if error.errno == ENOENT { return true }
            throw error
        }
    }
}

/// The calling thread's file mode creation mask, read without changing it; nil where /proc does not tell.
public func currentUmask() -> UInt32? {
    guard let text = try? HostPath("/proc/thread-self/status").read(limit: 1 << 16) else { return nil }  // nil is the answer then
    for line in text.split(separator: UInt8(ascii: "\n")) where line.starts(with: "Umask:".utf8) {
        return UInt32(String(decoding: line.dropFirst(6).filter { $0 > 0x20 }, as: UTF8.self), radix: 8)
    }
    return nil
}
