// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Small programs that the kernel asks (bpf(2)): here the one kind that guards the devices of a control group.

import CWharfLinux
import Glibc

/// A loaded program of type BPF_PROG_TYPE_CGROUP_DEVICE.
public struct DeviceFilter: Sendable {
    private let descriptor: Descriptor

    /// Loads `instructions` (struct bpf_insn, packed into 64 bits each); EINVAL or EACCES when the kernel's verifier
    /// refuses them.
    public init(instructions: [UInt64]) throws(SyscallError) {
        let license: StaticString = "Apache-2.0"
        var number: Int32 = -1
        var code: Int32 = 0
        instructions.withUnsafeBufferPointer { program in
            // prog_type 15 and insn_cnt, insns, license, log_level and log_size, log_buf, kern_version and prog_flags.
            var attributes: [UInt64] = [
                15 | UInt64(program.count) << 32, UInt64(UInt(bitPattern: program.baseAddress)),
                UInt64(UInt(bitPattern: license.utf8Start)), 0, 0, 0, 0, 0,
            ]
            // BPF_PROG_LOAD.
            number = attributes.withUnsafeMutableBytes { wharf_bpf(5, $0.baseAddress, UInt32($0.count)) }
            code = errno
        }
        if number < 0 { throw SyscallError("bpf", "device program", errno: code) }
        descriptor = Descriptor(owning: number)
    }

    /// Lets the program decide for the group `directory`, beside programs that are there. It lives as long as the group.
    public func attach(to directory: Descriptor) throws(SyscallError) {
        // target_fd, attach_bpf_fd, attach_type BPF_CGROUP_DEVICE, attach_flags BPF_F_ALLOW_MULTI.
        var attributes: [UInt32] = [UInt32(bitPattern: directory.raw), UInt32(bitPattern: descriptor.raw), 6, 2, 0, 0, 0, 0]
        try syscall("bpf", "device program") {
            // BPF_PROG_ATTACH.
            attributes.withUnsafeMutableBytes { wharf_bpf(8, $0.baseAddress, UInt32($0.count)) }
        }
    }
}
