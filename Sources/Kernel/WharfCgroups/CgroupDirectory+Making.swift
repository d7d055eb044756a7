// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Making a group's directory, putting a process into it, and finding one below it.

import Glibc
import WharfLinux

extension CgroupDirectory {
    /// Makes it with its parents; those that are new are added to `made`. Answers whether it was there.
    func make(below mountPoint: HostPath, _ made: inout [HostPath]) throws(SyscallError) -> Bool {
        do { return try makeOne(&made) } catch  where error.errno == ENOENT && path.pathBytes.count > mountPoint.pathBytes.count {
            _ = try CgroupDirectory(path.parent).make(below: mountPoint, &made)
            return try makeOne(&made)
        }
    }

    /// Makes this one directory. Answers whether it was there.
    func makeOne(_ made: inout [HostPath]) throws(SyscallError) -> Bool {
        do { try path.makeDirectory(permissions: 0o755) } catch  where error.errno == EEXIST { return true }
        made.append(path)
        return false
    }

    /// EBUSY when processes are inside: they are somebody else's, or a container's that has not ended.
    func requireEmpty() throws(SyscallError) {
        let count = try processes().count
        if count > 0 { throw SyscallError("cgroup", "\(path) is not empty (\(count) processes)", errno: EBUSY) }
    }

    /// Puts a process in. The kernel refuses one that is being born with EINVAL for a moment.
    func join(_ pid: Int32) throws(SyscallError) {
        for _ in 0..<5 {
            do { return try write("cgroup.procs", "\(pid)") } catch  where error.errno == EINVAL {
                try CgroupDirectory.pause(.milliseconds(10))
            }
        }
        try write("cgroup.procs", "\(pid)")
    }

    /// A sub-group that must exist: found without leaving this directory, whatever is in there (RT-19).
    func existing(below sub: String) throws(SyscallError) -> CgroupDirectory {
        let top = try path.open([.handle, .directory])
        do { _ = try openBeneath(top, sub, [.handle, .directory]) } catch {
            throw SyscallError("cgroup", "sub-group \(sub) of \(path)", errno: error.errno)
        }
        return below(sub)
    }
}
