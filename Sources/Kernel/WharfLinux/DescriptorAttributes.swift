// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Changing an inode through a descriptor of it, a handle (O_PATH) included: mode, owner, times, extended attributes.
// Nothing here follows a link or looks at a name, so nothing can be exchanged underneath.

import CWharfLinux
import Glibc

extension Descriptor {
    /// AT_EMPTY_PATH: the call works on the descriptor itself.
    static let emptyPath: Int32 = 0x1000

    /// Sets the permission bits (0...0o7777).
    ///
    /// A handle needs fchmodat2 (Linux 6.6); before that the name below /proc/self/fd is the only way.
    public func setPermissions(_ permissions: UInt32) throws(SyscallError) {
        if fchmod(raw, mode_t(permissions)) == 0 { return }
        guard errno == EBADF else { throw SyscallError("fchmod", errno: errno) }
        if wharf_fchmodat2(raw, "", permissions, Descriptor.emptyPath) == 0 { return }
        guard errno == ENOSYS else { throw SyscallError("fchmodat2", errno: errno) }
        let name = "/proc/self/fd/\(raw)"
        try syscall("fchmodat", name) { fchmodat(AT_FDCWD, name, mode_t(permissions), 0) }
    }

    /// Sets owner and group.
    public func setOwner(uid: UInt32, gid: UInt32) throws(SyscallError) {
        try syscall("fchownat") { wharf_fchownat(raw, "", uid, gid, Descriptor.emptyPath) }
    }

    /// Sets access and modification time (seconds and nanoseconds since 1970).
    public func setTimes(
        accessed: (seconds: Int64, nanoseconds: Int64), modified: (seconds: Int64, nanoseconds: Int64)
    ) throws(SyscallError) {
        var times = (
            timespec(tv_sec: Int(accessed.seconds), tv_nsec: Int(accessed.nanoseconds)),
            timespec(tv_sec: Int(modified.seconds), tv_nsec: Int(modified.nanoseconds))
        )
        try syscall("utimensat") {
            withUnsafePointer(to: &times) { pointer in
                pointer.withMemoryRebound(to: timespec.self, capacity: 2) { utimensat(raw, "", $0, Descriptor.emptyPath) }
            }
        }
    }

    /// Sets an extended attribute. The descriptor must be open for reading or writing, not a handle.
    public func setAttribute(_ name: some KernelPath, _ value: [UInt8]) throws(SyscallError) {
        try withPath(name, call: "fsetxattr") { name throws(SyscallError) in
            try syscall("fsetxattr", String(cString: name)) { wharf_fsetxattr(raw, name, value, value.count, 0) }
        }
    }

    /// An extended attribute's value, nil when there is none. At most 64 KiB, the kernel's own cap.
    public func attribute(_ name: some KernelPath) throws(SyscallError) -> [UInt8]? {
        try withPath(name, call: "fgetxattr") { name throws(SyscallError) -> [UInt8]? in
            var value = [UInt8](repeating: 0, count: 65536)
            do throws(SyscallError) {
                let count = try syscall("fgetxattr", String(cString: name)) { wharf_fgetxattr(raw, name, &value, value.count) }
                value.removeLast(value.count - count)
                return value
            } catch  where error.errno == ENODATA || error.errno == EOPNOTSUPP {
                return nil
            }
        }
    }

    /// The names of all extended attributes. At most 64 KiB of names, the kernel's own cap.
    public func attributeNames() throws(SyscallError) -> [[UInt8]] {
        var names = [CChar](repeating: 0, count: 65536)
        do {
            let count = try syscall("flistxattr") { wharf_flistxattr(raw, &names, names.count) }
            return names[..<count].split(separator: 0).map { $0.map { UInt8(bitPattern: $0) } }
        } catch  where error.errno == EOPNOTSUPP {
            return []
        }
    }
}
