// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// P2: /proc that nobody can have prepared. A private instance that is never attached anywhere is opened, and only real
// procfs inodes are handed out; whatever is mounted over the /proc that others see does not matter.

import CWharfLinux
import Glibc

/// A private procfs of the caller's pid namespace.
public struct ProcFD: Sendable {
    private let root: Descriptor

    /// With `processesOnly` the instance holds nothing but process directories (`subset=pid`); the full one is needed
    /// for sysctl and lives for one container's set-up only.
    public init(processesOnly: Bool = true) throws(SyscallError) {
        let parameters: [MountParameter] =
            processesOnly ? [.string("hidepid", Array("ptraceable".utf8)), .string("subset", Array("pid".utf8))] : []
        root = try MountFD.create(type: "proc", parameters: parameters, attributes: [.noSetuid, .noDevices, .noExec]).descriptor
    }

    /// Uses a procfs mount that the caller made and has not attached yet.
    public init(_ mount: MountFD) throws(SyscallError) {
        guard try mount.descriptor.fileSystemMagic() == FileSystemMagic.proc else { throw SyscallError("fstatfs", "proc", errno: EINVAL) }
        root = mount.descriptor
    }

    /// Opens a path below: no link, no mount on the way, and the result is an inode of procfs.
    public func open(_ path: String, _ flags: OpenFlags = .read) throws(SyscallError) -> Descriptor {
        let file = try openBelow(root, path, flags, resolve: [.beneath, .noSymlinks, .noMagicLinks, .noCrossing])
        guard try file.fileSystemMagic() == FileSystemMagic.proc else { throw SyscallError("openat2", path, errno: EXDEV) }
        return file
    }

    /// Opens a file of the calling process: `oom_score_adj`, `mountinfo`…
    public func openSelf(_ file: String, _ flags: OpenFlags = .read) throws(SyscallError) -> Descriptor {
        try open("\(getpid())/\(file)", flags)
    }

    /// Opens a namespace of a process: `user`, `mnt`… It holds the namespace as long as it is open.
    public func openNamespace(_ name: String, of pid: Int32) throws(SyscallError) -> Descriptor {
        let file = try openBelow(root, "\(pid)/ns/\(name)", .read, resolve: [])
        guard try file.fileSystemMagic() == FileSystemMagic.nsfs else { throw SyscallError("openat2", name, errno: EXDEV) }
        return file
    }

    /// Writes a kernel parameter (`net.ipv4.ip_forward`, also spelled with slashes) with one write.
    public func writeParameter(_ key: String, _ value: String) throws(SyscallError) {
        guard let components = NameGrammar.kernelParameter(key) else { throw SyscallError("openat2", key, errno: EINVAL) }
        do {
            try open(components.reduce("sys") { "\($0)/\($1)" }, .write).writeOnce(value)
        } catch {
            throw SyscallError(error.call, key, errno: error.errno)
        }
    }
}
