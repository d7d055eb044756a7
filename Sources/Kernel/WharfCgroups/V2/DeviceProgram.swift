// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Version 2 has no device files: the kernel asks a small program for each use of a device (BPF_PROG_TYPE_CGROUP_DEVICE).
// This writes that program from the rules.
//
// The program gets struct bpf_cgroup_dev_ctx { u32 access_type; u32 major; u32 minor } in r1, where access_type holds
// the access bits (mknod 1, read 2, write 4) in its upper half and the type (block 1, character 2) in the lower one.
// It answers 1 to allow. The last rule that matches decides, so rules are tried from the last to the first.

import WharfOCI

/// A device program.
struct DeviceProgram {
    /// struct bpf_insn: code, registers, offset and immediate packed into 64 bits.
    private(set) var instructions: [UInt64] = []

    init(rules: [RuntimeSpec.DeviceRule]) {
        // r2 = type, r3 = access, r4 = major, r5 = minor.
        emit(0x61, destination: 2, source: 1, offset: 0)
        emit(0x54, destination: 2, immediate: 0xffff)
        emit(0x61, destination: 3, source: 1, offset: 0)
        emit(0x74, destination: 3, immediate: 16)
        emit(0x61, destination: 4, source: 1, offset: 4)
        emit(0x61, destination: 5, source: 1, offset: 8)
        for rule in rules.reversed() {
            emit(rule)
            // What stands before a rule for everything is never asked, and the kernel refuses code that can't be reached.
            if DeviceProgram.matchesEverything(rule) { return }
        }
        // No rule matched: denied.
        emit(0xb7, destination: 0, immediate: 0)
        emit(0x95)
    }

    /// One rule: comparisons that jump over its verdict, then the verdict.
    private mutating func emit(_ rule: RuntimeSpec.DeviceRule) {
        var tests: [UInt64] = []
        let any = rule.type.isEmpty || rule.type == "a"
        // jne r2, type, +n; the distance is filled in below.
        if !any { tests.append(DeviceProgram.encode(0x55, destination: 2, immediate: rule.type == "b" ? 1 : 2)) }
        let access = DeviceProgram.accessBits(rule.access)
        var prefix: [UInt64] = []
        if access != 7 {
            // r1 = access & wanted; for an allowing rule all of the access must be wanted, for a denying one any of it.
            prefix = [DeviceProgram.encode(0xbc, destination: 1, source: 3), DeviceProgram.encode(0x54, destination: 1, immediate: access)]
            tests.append(
                rule.allow
                    ? DeviceProgram.encode(0x5d, destination: 1, source: 3) : DeviceProgram.encode(0x15, destination: 1, immediate: 0))
        }
        if let major = rule.major, major >= 0 {
            tests.append(DeviceProgram.encode(0x55, destination: 4, immediate: Int32(truncatingIfNeeded: major)))
        }
        if let minor = rule.minor, minor >= 0 {
            tests.append(DeviceProgram.encode(0x55, destination: 5, immediate: Int32(truncatingIfNeeded: minor)))
        }
        instructions += prefix
        for (index, test) in tests.enumerated() {
            // Over the remaining tests and the two instructions of the verdict.
            instructions.append(test | UInt64(UInt16(tests.count - index - 1 + 2)) << 16)
        }
        emit(0xb7, destination: 0, immediate: rule.allow ? 1 : 0)
        emit(0x95)
    }

    private static func matchesEverything(_ rule: RuntimeSpec.DeviceRule) -> Bool {
        (rule.type.isEmpty || rule.type == "a") && accessBits(rule.access) == 7 && (rule.major ?? -1) < 0 && (rule.minor ?? -1) < 0
    }

    static func accessBits(_ access: String) -> Int32 {
        if access.isEmpty { return 7 }
        return access.utf8.reduce(0) { bits, letter in
            switch letter {
            case UInt8(ascii: "m"): bits | 1
            case UInt8(ascii: "r"): bits | 2
            case UInt8(ascii: "w"): bits | 4
            default: bits
            }
        }
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
