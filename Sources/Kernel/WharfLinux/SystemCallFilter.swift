// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Putting a process under a system call filter (seccomp(2), SECCOMP_SET_MODE_FILTER). What the filter says is WharfRuntime's
// business.

import CWharfLinux
import Glibc

/// Loads filters.
public enum SystemCallFilter {
    /// SECCOMP_FILTER_FLAG_NEW_LISTENER: loading answers a descriptor.
    public static let newListener: UInt32 = 1 << 3

    /// Puts the calling thread under a filter, for good. Needs no_new_privs or CAP_SYS_ADMIN.
    ///
    /// `program` holds struct sock_filter instructions, `flags` SECCOMP_FILTER_FLAG_* bits. Answers the listener when
    /// `newListener` is among the flags.
    public static func load(_ program: [UInt8], flags: UInt32) throws(SyscallError) -> Descriptor? {
        let result = try syscall("seccomp", "filter") {
            program.withUnsafeBytes { wharf_seccomp_set_filter(flags, $0.baseAddress, UInt16(clamping: $0.count / 8)) }
        }
        return flags & newListener == 0 ? nil : Descriptor(owning: result)
    }
}

extension Descriptor {
    /// An anonymous file in memory, for bytes that only a descriptor can take. `name` shows in /proc.
    public static func inMemory(_ name: String) throws(SyscallError) -> Descriptor {
        Descriptor(owning: try syscall("memfd_create", name) { wharf_memfd_create(name, 1 /* MFD_CLOEXEC */) })
    }
}
