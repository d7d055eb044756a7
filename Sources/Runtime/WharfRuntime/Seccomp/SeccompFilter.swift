// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A compiled filter on its way into the kernel: the last thing before execve.

public import WharfLinux
public import WharfOCI

/// The kernel's program and how to load it.
public struct SeccompFilter: Sendable, Equatable {
    /// struct sock_filter instructions.
    public let program: [UInt8]
    /// SECCOMP_FILTER_FLAG_* bits.
    public let flags: UInt32
    /// Whether a rule hands calls to a listener: loading then answers its descriptor.
    public let notifies: Bool
    /// The agent's socket, and what the spec wants it to be told; empty without an agent.
    public let listenerPath: String
    public let listenerMetadata: String

    /// - Throws: for a flag that is unknown, or a listener without a rule that needs one and the other way round.
    public init(program: [UInt8], for seccomp: RuntimeSpec.Seccomp) throws(SeccompError) {
        var flags: UInt32 = 0
        for name in seccomp.flags {
            switch name {
            // A single thread loads it: synchronising threads has nothing to do.
            case "SECCOMP_FILTER_FLAG_TSYNC": break
            case "SECCOMP_FILTER_FLAG_LOG": flags |= 1 << 1
            case "SECCOMP_FILTER_FLAG_SPEC_ALLOW": flags |= 1 << 2
            case "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV": flags |= 1 << 5
            default: throw SeccompError(description: "seccomp: unknown flag \"\(name)\"")
            }
        }
        notifies = seccomp.syscalls.contains { $0.action == "SCMP_ACT_NOTIFY" }
        if seccomp.defaultAction == "SCMP_ACT_NOTIFY" {
            throw SeccompError(description: "seccomp: SCMP_ACT_NOTIFY can't be the default action: the listener could never be sent")
        }
        // The listener is told by this call (as with runc).
        if seccomp.syscalls.contains(where: { $0.action == "SCMP_ACT_NOTIFY" && $0.names.contains("write") }) {
            throw SeccompError(description: "seccomp: SCMP_ACT_NOTIFY can't be used for the write syscall")
        }
        if notifies && seccomp.listenerPath.isEmpty {
            throw SeccompError(description: "seccomp: SCMP_ACT_NOTIFY needs a listenerPath")
        }
        if !notifies && !seccomp.listenerPath.isEmpty {
            throw SeccompError(description: "seccomp: listenerPath is given but no rule has SCMP_ACT_NOTIFY")
        }
        if !notifies, seccomp.flags.contains("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") {
            throw SeccompError(description: "seccomp: SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV needs a rule with SCMP_ACT_NOTIFY")
        }
        if notifies, seccomp.listenerPath.utf8.first != UInt8(ascii: "/") {
            throw SeccompError(description: "seccomp: listenerPath \"\(seccomp.listenerPath)\" is not absolute")
        }
        listenerPath = seccomp.listenerPath
        listenerMetadata = seccomp.listenerMetadata
        self.program = program
        self.flags = notifies ? flags | SystemCallFilter.newListener : flags
    }

    /// Puts the calling process under the filter, for good. Needs no_new_privs or CAP_SYS_ADMIN.
    ///
    /// - Returns: the listener's descriptor, for a filter that notifies.
    public func load() throws(SyscallError) -> Descriptor? { try SystemCallFilter.load(program, flags: flags) }
}
