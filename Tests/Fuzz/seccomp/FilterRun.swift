// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The kernel's side of a filter: its check of a classic BPF program (kernel/bpf, seccomp_check_filter), and its run over
// struct seccomp_data.

/// A program, decoded.
struct FilterRun {
    private struct Instruction {
        let code: UInt16
        let then: Int
        let otherwise: Int
        let operand: UInt32
    }

    private let program: [Instruction]
    private let isWhole: Bool

    init(_ bytes: [UInt8]) {
        isWhole = bytes.count % 8 == 0 && !bytes.isEmpty
        var decoded: [Instruction] = []
        for at in stride(from: 0, to: bytes.count - bytes.count % 8, by: 8) {
            let code = UInt16(bytes[at]) | UInt16(bytes[at + 1]) << 8
            var operand: UInt32 = 0
            for byte in bytes[(at + 4)..<(at + 8)].reversed() { operand = operand << 8 | UInt32(byte) }
            decoded.append(Instruction(code: code, then: Int(bytes[at + 2]), otherwise: Int(bytes[at + 3]), operand: operand))
        }
        program = decoded
    }

    /// What the kernel checks before it takes a program.
    var isSound: Bool {
        guard isWhole, program.count <= 4096, program.last?.code == 0x06 else { return false }
        return program.enumerated().allSatisfy { index, one in
            switch one.code {
            case 0x20: one.operand < 64 && one.operand % 4 == 0
            case 0x60, 0x02: one.operand < 16
            case 0x54, 0x06, 0x16: true
            case 0x05: index + 1 + Int(one.operand) < program.count
            case 0x15, 0x25, 0x35, 0x45: index + 1 + max(one.then, one.otherwise) < program.count
            default: false
            }
        }
    }

    /// The verdict on a call. Only for a sound program.
    func verdict(on call: Call) -> UInt32 {
        var data: [UInt32] = [call.number, call.architecture, 0, 0]
        for argument in call.arguments { data += [UInt32(truncatingIfNeeded: argument), UInt32(truncatingIfNeeded: argument >> 32)] }
        var accumulator: UInt32 = 0
        var memory = [UInt32](repeating: 0, count: 16)
        var index = 0
        while index < program.count {
            let one = program[index]
            index += 1
            switch one.code {
            case 0x20: accumulator = data[Int(one.operand / 4)]
            case 0x60: accumulator = memory[Int(one.operand)]
            case 0x02: memory[Int(one.operand)] = accumulator
            case 0x54: accumulator &= one.operand
            case 0x05: index += Int(one.operand)
            case 0x15: index += accumulator == one.operand ? one.then : one.otherwise
            case 0x25: index += accumulator > one.operand ? one.then : one.otherwise
            case 0x35: index += accumulator >= one.operand ? one.then : one.otherwise
            case 0x45: index += accumulator & one.operand != 0 ? one.then : one.otherwise
            default: return one.code == 0x16 ? accumulator : one.operand
            }
        }
        return 0
    }
}
