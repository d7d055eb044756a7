// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Small programs that the kernel asks (bpf(2)): here the one kind that guards the devices of a control group.

import CWharfLinux
import Glibc

/// A loaded program of type BPF_PROG_TYPE_CGROUP_DEVICE.
public struct DeviceFilter: Sendable {
    private let descriptor: Descriptor

    private init(_ descriptor: Descriptor) { self.descriptor = descriptor }

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

    /// Lets the program decide for the group `directory`, in the place of the program that was put there so. Programs of
    /// groups above are asked, too. It lives as long as the group.
    ///
    /// With one program there the kernel exchanges both at once. More than one is somebody else's doing: the new one is put
    /// beside them first, so that at no moment more is allowed than before or afterwards.
    public func replace(in directory: Descriptor) throws(SyscallError) {
        let old = try DeviceFilter.attached(to: directory)
        if old.count == 1, let program = old.first {
            do { return try attach(to: directory, replacing: program) } catch  where error.errno == EINVAL {
                // Before Linux 5.6, or put there in a way that can't be exchanged.
            }
        }
        try attach(to: directory, replacing: nil)
        for program in old { try program.detach(from: directory) }
    }

    /// Lets the program decide beside those that are there: what one of them denies is denied.
    public func attach(to directory: Descriptor) throws(SyscallError) { try attach(to: directory, replacing: nil) }

    private func attach(to directory: Descriptor, replacing old: DeviceFilter?) throws(SyscallError) {
        // target_fd, attach_bpf_fd, attach_type BPF_CGROUP_DEVICE, attach_flags BPF_F_ALLOW_MULTI (2) and
        // BPF_F_REPLACE (4), replace_bpf_fd.
        var attributes: [UInt32] = [
            UInt32(bitPattern: directory.raw), UInt32(bitPattern: descriptor.raw), 6, old == nil ? 2 : 6,
            UInt32(bitPattern: old?.descriptor.raw ?? 0), 0, 0, 0,
        ]
        try syscall("bpf", "device program") {
            // BPF_PROG_ATTACH.
            attributes.withUnsafeMutableBytes { wharf_bpf(8, $0.baseAddress, UInt32($0.count)) }
        }
    }

    private func detach(from directory: Descriptor) throws(SyscallError) {
        var attributes: [UInt32] = [UInt32(bitPattern: directory.raw), UInt32(bitPattern: descriptor.raw), 6, 0, 0, 0, 0, 0]
        try syscall("bpf", "device program") {
            // BPF_PROG_DETACH.
            attributes.withUnsafeMutableBytes { wharf_bpf(9, $0.baseAddress, UInt32($0.count)) }
        }
    }

    /// The device programs of this group itself, at most 64 (the kernel's cap); E2BIG beyond.
    public static func attached(to directory: Descriptor) throws(SyscallError) -> [DeviceFilter] {
        var numbers = [UInt32](repeating: 0, count: 64)
        let count = try numbers.withUnsafeMutableBufferPointer { buffer throws(SyscallError) -> Int in
            // target_fd and attach_type, query_flags and attach_flags, prog_ids, prog_cnt.
            var attributes: [UInt64] = [
                UInt64(UInt32(bitPattern: directory.raw)) | 6 << 32, 0, UInt64(UInt(bitPattern: buffer.baseAddress)), UInt64(buffer.count),
                0,
                0, 0, 0,
            ]
            try syscall("bpf", "device programs of a group") {
                // BPF_PROG_QUERY.
                attributes.withUnsafeMutableBytes { wharf_bpf(16, $0.baseAddress, UInt32($0.count)) }
            }
            return Int(UInt32(truncatingIfNeeded: attributes[3]))
        }
        if count > numbers.count { throw SyscallError("bpf", "device programs of a group", errno: E2BIG) }
        var programs: [DeviceFilter] = []
        for number in numbers.prefix(count) {
            var attributes: [UInt32] = [number, 0, 0, 0]
            // BPF_PROG_GET_FD_BY_ID.
            let descriptor = try syscall("bpf", "device program \(number)") {
                attributes.withUnsafeMutableBytes { wharf_bpf(13, $0.baseAddress, UInt32($0.count)) }
            }
            programs.append(DeviceFilter(Descriptor(owning: descriptor)))
        }
        return programs
    }
}
