// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A system call filter as the kernel takes it: classic BPF instructions of eight bytes over struct seccomp_data.
//
//   seccomp_data:  0 nr (u32)   4 arch (u32)   8 instruction_pointer (u64)   16 args[6] (u64)

/// One BPF instruction (linux/filter.h, struct sock_filter).
struct FilterInstruction: Equatable {
    var code: UInt16
    var jumpTrue: UInt8
    var jumpFalse: UInt8
    var operand: UInt32

    static let size = 8

    /// Loads a word of seccomp_data into the accumulator.
    static func load(_ offset: UInt32) -> FilterInstruction { FilterInstruction(code: 0x20, jumpTrue: 0, jumpFalse: 0, operand: offset) }
    /// Ends with an action.
    static func end(_ action: UInt32) -> FilterInstruction { FilterInstruction(code: 0x06, jumpTrue: 0, jumpFalse: 0, operand: action) }
    /// Goes on `distance` instructions further.
    static func skip(_ distance: UInt32) -> FilterInstruction {
        FilterInstruction(code: 0x05, jumpTrue: 0, jumpFalse: 0, operand: distance)
    }
    static func ifEqual(_ value: UInt32, then: UInt8, otherwise: UInt8) -> FilterInstruction {
        FilterInstruction(code: 0x15, jumpTrue: then, jumpFalse: otherwise, operand: value)
    }
    static func ifGreater(_ value: UInt32, then: UInt8, otherwise: UInt8) -> FilterInstruction {
        FilterInstruction(code: 0x25, jumpTrue: then, jumpFalse: otherwise, operand: value)
    }
    static func ifAtLeast(_ value: UInt32, then: UInt8, otherwise: UInt8) -> FilterInstruction {
        FilterInstruction(code: 0x35, jumpTrue: then, jumpFalse: otherwise, operand: value)
    }

    /// Keeps the bits of `mask` in the accumulator.
    static func and(_ mask: UInt32) -> FilterInstruction { FilterInstruction(code: 0x54, jumpTrue: 0, jumpFalse: 0, operand: mask) }

    /// Whether it compares and goes one of two ways.
    var isJump: Bool { code & 7 == 5 && code != 0x05 }

    /// The instruction's bytes in memory order of this machine.
    var bytes: [UInt8] {
        withUnsafeBytes(of: code) { Array($0) } + [jumpTrue, jumpFalse] + withUnsafeBytes(of: operand) { Array($0) }
    }
}

/// The kernel's actions (linux/seccomp.h), which are libseccomp's too.
enum FilterAction {
    static let allow: UInt32 = 0x7FFF_0000
    static func error(_ number: UInt32) -> UInt32 { 0x0005_0000 | number & 0xFFFF }

    /// The action that OCI's name stands for; nil for an unknown name. `data` is the error or the tracer's message.
    static func named(_ name: String, data: UInt32) -> UInt32? {
        switch name {
        case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD": 0
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
}
