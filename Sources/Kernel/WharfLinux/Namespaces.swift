// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Namespaces of the calling process. Only a single-threaded process may use the mount and user kinds.

import CWharfLinux
import Glibc

/// Kinds of namespace, with the values of CLONE_NEW* (linux/sched.h).
public struct Namespaces: OptionSet, Sendable {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    public static let time = Namespaces(rawValue: 0x80)
    public static let mount = Namespaces(rawValue: 0x2_0000)
    public static let cgroup = Namespaces(rawValue: 0x200_0000)
    public static let uts = Namespaces(rawValue: 0x400_0000)
    public static let ipc = Namespaces(rawValue: 0x800_0000)
    public static let user = Namespaces(rawValue: 0x1000_0000)
    public static let pid = Namespaces(rawValue: 0x2000_0000)
    public static let network = Namespaces(rawValue: 0x4000_0000)

    /// Enters the namespaces of these kinds that `descriptor` stands for: one namespace file, or a pidfd with several.
    public static func enter(_ kinds: Namespaces, of descriptor: Descriptor) throws(SyscallError) {
        try syscall("setns") { wharf_setns(descriptor.raw, Int32(truncatingIfNeeded: kinds.rawValue)) }
    }

    /// Gives the calling process new namespaces of these kinds.
    public static func unshare(_ kinds: Namespaces) throws(SyscallError) {
        try syscall("unshare") { wharf_unshare(kinds.rawValue) }
    }

    /// The namespace file at a trusted path, checked to be one (nsfs or a procfs link to it).
    public static func open(_ path: HostPath) throws(SyscallError) -> Descriptor {
        let file = try path.open(.read)
        guard try file.fileSystemMagic() == FileSystemMagic.nsfs else { throw SyscallError("openat", path.description, errno: EINVAL) }
        return file
    }

    /// Sets the name of the calling process's uts namespace.
    public static func setHostname(_ name: String) throws(SyscallError) {
        try withPath(name, call: "sethostname") { text throws(SyscallError) in
            try syscall("sethostname", name) { wharf_sethostname(text, name.utf8.count) }
        }
    }

    /// Sets the NIS domain of the calling process's uts namespace.
    public static func setDomainname(_ name: String) throws(SyscallError) {
        try withPath(name, call: "setdomainname") { text throws(SyscallError) in
            try syscall("setdomainname", name) { wharf_setdomainname(text, name.utf8.count) }
        }
    }
}
