// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A classic BPF interpreter for seccomp programs: what the kernel would answer for a call, without making it.

import Glibc

/// One system call as a filter sees it.
public struct CallUnderTest: Sendable, CustomStringConvertible {
    public var number: UInt32
    /// AUDIT_ARCH_*; x86-64 unless told.
    public var architecture: UInt32
    public var arguments: [UInt64]

    public init(number: UInt32, architecture: UInt32 = 0xC000_003E, arguments: [UInt64] = []) {
        self.number = number
        self.architecture = architecture
        self.arguments = arguments
    }

    public var description: String {
        let words = arguments.map { String($0, radix: 16) }.joined(separator: ", ")
        return "call \(number) of \(String(architecture, radix: 16)) (\(words))"
    }

    fileprivate var data: [UInt8] {
        var bytes: [UInt8] = []
        withUnsafeBytes(of: number) { bytes += $0 }
        withUnsafeBytes(of: architecture) { bytes += $0 }
        bytes += [UInt8](repeating: 0, count: 8)
        for index in 0..<6 {
            withUnsafeBytes(of: index < arguments.count ? arguments[index] : 0) { bytes += $0 }
        }
        return bytes
    }
}

/// Why a program could not be run.
public struct FilterMachineError: Error { public let message: String }

/// Runs a program (struct sock_filter instructions) to its verdict. `onLoad` hears the offset of each load.
public func verdict(of program: [UInt8], on call: CallUnderTest, onLoad: (UInt32) -> Void = { _ in }) throws -> UInt32 {
    let data = call.data
    func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
    }
    var accumulator: UInt32 = 0
    var memory = [UInt32](repeating: 0, count: 16)
    var index = 0
    while (index + 1) * 8 <= program.count {
        let at = index * 8
        let code = UInt16(program[at]) | UInt16(program[at + 1]) << 8
        let (then, otherwise, operand) = (Int(program[at + 2]), Int(program[at + 3]), word(program, at + 4))
        index += 1
        switch code {
        case 0x20:
            onLoad(operand)
            accumulator = word(data, Int(operand))
        case 0x60: accumulator = memory[Int(operand)]
        case 0x02: memory[Int(operand)] = accumulator
        case 0x54: accumulator &= operand
        case 0x05: index += Int(operand)
        case 0x15: index += accumulator == operand ? then : otherwise
        case 0x25: index += accumulator > operand ? then : otherwise
        case 0x35: index += accumulator >= operand ? then : otherwise
        case 0x45: index += accumulator & operand != 0 ? then : otherwise
        case 0x06: return operand
        default: throw FilterMachineError(message: "unknown instruction \(code)")
        }
    }
    throw FilterMachineError(message: "ran over the end")
}
