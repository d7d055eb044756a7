// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Version 2 has no device files: the kernel asks a small program for each use of a device (BPF_PROG_TYPE_CGROUP_DEVICE).
// This writes that program from the rules.
//
// The program gets struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor } in r1, where access_type holds
// the access bits (mknod 1, read 2, write 4) in its upper half and the type (block 1, character 2) in the lower one.
// It answers 1 to allow. A use may want several kinds of access at once: an exception that allows must cover all of them,
// one that denies only touch one.

/// A device program.
struct DeviceProgram {
    /// struct bpf_insn: code, registers, offset and immediate packed into 64 bits.
    private(set) var instructions: [UInt64] = []

    init(_ rules: DeviceRules) {
        // r2 = type, r3 = access, r4 = major, r5 = minor.
        emit(0x61, destination: 2, source: 1, offset: 0)
        emit(0x54, destination: 2, immediate: 0xffff)
        emit(0x61, destination: 3, source: 1, offset: 0)
        emit(0x74, destination: 3, immediate: 16)
        emit(0x61, destination: 4, source: 1, offset: 4)
        emit(0x61, destination: 5, source: 1, offset: 8)
        for (subject, access) in rules.ordered { emit(subject, access, allow: !rules.allowsByDefault) }
        emit(0xb7, destination: 0, immediate: rules.allowsByDefault ? 1 : 0)
        emit(0x95)
    }

    /// One exception: comparisons that jump over its verdict, then the verdict.
    private mutating func emit(_ subject: DeviceRules.Subject, _ access: DeviceRules.Access, allow: Bool) {
        // jne r2, type, +n; the distance is filled in below.
        var tests = [DeviceProgram.encode(0x55, destination: 2, immediate: subject.isBlock ? 1 : 2)]
        if access != DeviceRules.fullAccess {
            // r1 = access & named; jne r1, r3 for all of it, jeq r1, 0 for any of it.
            instructions += [
                DeviceProgram.encode(0xbc, destination: 1, source: 3),
                DeviceProgram.encode(0x54, destination: 1, immediate: Int32(access)),
            ]
            tests.append(
                allow
                    ? DeviceProgram.encode(0x5d, destination: 1, source: 3) : DeviceProgram.encode(0x15, destination: 1, immediate: 0))
        }
        if let major = subject.major {
            tests.append(DeviceProgram.encode(0x56, destination: 4, immediate: Int32(bitPattern: major)))
        }
        if let minor = subject.minor {
            tests.append(DeviceProgram.encode(0x56, destination: 5, immediate: Int32(bitPattern: minor)))
        }
        for (index, test) in tests.enumerated() {
            // Over the remaining tests and the two instructions of the verdict.
            instructions.append(test | UInt64(UInt16(tests.count - index - 1 + 2)) << 16)
        }
        emit(0xb7, destination: 0, immediate: allow ? 1 : 0)
        emit(0x95)
    }

    private mutating func emit(_ code: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0) {
        instructions.append(DeviceProgram.encode(code, destination: destination, source: source, offset: offset, immediate: immediate))
    }

    private static func encode(
        _ code: UInt8, destination: UInt8 = 0, source: UInt8 = 0, offset: Int16 = 0, immediate: Int32 = 0
    ) -> UInt64 {
        UInt64(code) | UInt64(destination | source << 4) << 8 | UInt64(UInt16(bitPattern: offset)) << 16
            | UInt64(UInt32(bitPattern: immediate)) << 32
    }
}
