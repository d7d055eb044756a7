// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a process may and who it is: user, groups, limits, privileges. For a single-threaded process only: the calls go
// straight to the kernel and change one thread.

import CWharfLinux
import Glibc

/// Changes of the calling process that can't be taken back.
public enum Credentials {
    /// Sets the supplementary groups.
    public static func setGroups(_ groups: [UInt32]) throws(SyscallError) {
        try syscall("setgroups") { wharf_setgroups(groups.count, groups) }
    }

    /// Sets real, effective and saved group.
    public static func setGroup(_ gid: UInt32) throws(SyscallError) {
        try syscall("setresgid", "\(gid)") { wharf_setresgid(gid) }
    }

    /// Sets real, effective and saved user.
    public static func setUser(_ uid: UInt32) throws(SyscallError) {
        try syscall("setresuid", "\(uid)") { wharf_setresuid(uid) }
    }

    /// No program that this process starts gains rights by its setuid bit or file capabilities.
    public static func setNoNewPrivileges() throws(SyscallError) {
        try syscall("prctl", "PR_SET_NO_NEW_PRIVS") { wharf_prctl(38, 1, 0, 0, 0) }
    }

    /// Whether others of the same user may look into this process (/proc/PID/exe, ptrace). The next exec sets it again.
    public static func setDumpable(_ on: Bool) throws(SyscallError) {
        try syscall("prctl", "PR_SET_DUMPABLE") { wharf_prctl(4, on ? 1 : 0, 0, 0, 0) }
    }

    /// Orphans of this process's descendants become its children.
    public static func setSubreaper() throws(SyscallError) {
        try syscall("prctl", "PR_SET_CHILD_SUBREAPER") { wharf_prctl(36, 1, 0, 0, 0) }
    }

    /// The signal that the kernel sends when the parent thread ends; 0 for none.
    public static func setParentDeathSignal(_ signal: Int32) throws(SyscallError) {
        try syscall("prctl", "PR_SET_PDEATHSIG") { wharf_prctl(1, UInt(signal), 0, 0, 0) }
    }

    /// The name in /proc/PID/comm; at most 15 bytes count.
    public static func setProcessName(_ name: String) {
        // Only for people who look at the process list: a failure changes nothing.
        _ = try? withPath(name, call: "prctl") { text in wharf_prctl(15, UInt(bitPattern: text), 0, 0, 0) }
    }

    /// A session keyring of its own, so that the container does not share the host's.
    public static func joinSessionKeyring(_ name: String) throws(SyscallError) {
        try withPath(name, call: "keyctl") { text throws(SyscallError) in
            try syscall("keyctl", name) { wharf_join_session_keyring(text) }
        }
    }
}

/// A resource limit by the name of the OCI spec (`RLIMIT_NOFILE`).
public struct ResourceLimit: Sendable, Equatable {
    /// The kernel's number (asm-generic/resource.h).
    public let resource: Int32

    /// nil for an unknown name.
    public init?(name: String) {
        let names = "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME".utf8
            .split(separator: UInt8(ascii: " "))
        guard name.utf8.starts(with: "RLIMIT_".utf8) else { return nil }
        let bare = name.utf8.dropFirst(7)
        guard let index = names.firstIndex(where: { $0.elementsEqual(bare) }) else { return nil }
        resource = Int32(index)
    }

    /// Sets the limit of a process, 0 for the calling one. Raising the hard one needs CAP_SYS_RESOURCE (EPERM).
    public func set(soft: UInt64, hard: UInt64, of pid: Int32 = 0) throws(SyscallError) {
        try syscall("prlimit64") { wharf_set_limit(pid, resource, soft, hard) }
    }

    /// The calling process's limit.
    public func current() throws(SyscallError) -> (soft: UInt64, hard: UInt64) {
        var limit: (soft: UInt64, hard: UInt64) = (0, 0)
        try syscall("prlimit64") { wharf_get_limit(resource, &limit.soft, &limit.hard) }
        return limit
    }
}
