// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A system call filter as the kernel takes it: classic BPF instructions of eight bytes over struct seccomp_data.
//
//   seccomp_data:  0 nr (u32)   4 arch (u32)   8 instruction_pointer (u64)   16 args[6] (u64)

/// Offsets in struct seccomp_data.
enum FilterData {
    static let number: UInt32 = 0
    static let architecture: UInt32 = 4

    static func halves(ofArgument index: UInt32) -> (low: UInt32, high: UInt32) {
        let start = 16 + 8 * index
        #if _endian(little)
            return (start, start + 4)
        #else
            return (start + 4, start)
        #endif
    }
}

/// One BPF instruction (linux/filter.h, struct sock_filter).
struct FilterInstruction: Equatable {
    let code: UInt16
    let jumpTrue: UInt8
    let jumpFalse: UInt8
    let operand: UInt32

    static let size = 8
    /// BPF_MAXINSNS.
    static let limit = 4096

    init(code: UInt16, jumpTrue: UInt8 = 0, jumpFalse: UInt8 = 0, operand: UInt32) {
        self.code = code
        self.jumpTrue = jumpTrue
        self.jumpFalse = jumpFalse
        self.operand = operand
    }

    /// Loads a word of seccomp_data into the accumulator.
    static func load(_ offset: UInt32) -> FilterInstruction { FilterInstruction(code: 0x20, operand: offset) }
    /// Ends with an action.
    static func end(_ action: UInt32) -> FilterInstruction { FilterInstruction(code: 0x06, operand: action) }
    /// Goes on `distance` instructions further.
    static func skip(_ distance: UInt32) -> FilterInstruction { FilterInstruction(code: 0x05, operand: distance) }
    /// Keeps the bits of `mask` in the accumulator.
    static func and(_ mask: UInt32) -> FilterInstruction { FilterInstruction(code: 0x54, operand: mask) }

    var isEnd: Bool { code == 0x06 }

    /// Appends the instruction in memory order of this machine.
    func write(to bytes: inout [UInt8]) {
        withUnsafeBytes(of: code) { bytes.append(contentsOf: $0) }
        bytes.append(jumpTrue)
        bytes.append(jumpFalse)
        withUnsafeBytes(of: operand) { bytes.append(contentsOf: $0) }
    }
}

/// The kernel's actions (linux/seccomp.h).
enum FilterAction {
    static let killThread: UInt32 = 0
    static let allow: UInt32 = 0x7FFF_0000
    static func error(_ number: UInt32) -> UInt32 { 0x0005_0000 | number & 0xFFFF }

    /// The action that OCI's name stands for; nil for an unknown name. `data` is the error or the tracer's message.
    static func named(_ name: String, data: UInt32) -> UInt32? {
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": killThread
        case "SCMP_ACT_KILL_PROCESS": 0x8000_0000
        case "SCMP_ACT_TRAP": 0x0003_0000
        case "SCMP_ACT_ERRNO": error(data)
        case "SCMP_ACT_TRACE": 0x7FF0_0000 | data & 0xFFFF
        case "SCMP_ACT_LOG": 0x7FFC_0000
        case "SCMP_ACT_ALLOW": allow
        case "SCMP_ACT_NOTIFY": 0x7FC0_0000
        default: nil
        }
    }

    /// Whether it is the one of the two that the kernel would take if two filters disagreed.
    static func isStricter(_ action: UInt32, than other: UInt32) -> Bool {
        Int32(bitPattern: action & 0xFFFF_0000) < Int32(bitPattern: other & 0xFFFF_0000)
    }
}
