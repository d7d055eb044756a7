// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The device program, run by an interpreter of the instructions that it uses and compared with the rules themselves, and
// loaded into the kernel where there is root.

import Glibc
import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Device program")
struct DeviceProgramTests {
    /// What version 1's kernel code answers: exceptions that allow must cover all of the access, one that denies any.
    private func allowed(_ rules: DeviceRules, type: UInt32, access: UInt32, major: UInt32, minor: UInt32) -> Bool {
        let matches = rules.exceptions.contains { subject, bits in
            subject.isBlock == (type == 1) && (subject.major ?? major) == major && (subject.minor ?? minor) == minor
                && (rules.allowsByDefault ? access & UInt32(bits) != 0 : access & UInt32(bits) == access)
        }
        return matches != rules.allowsByDefault
    }

    /// What the kernel would answer.
    private func run(_ program: [UInt64], type: UInt32, access: UInt32, major: UInt32, minor: UInt32) throws -> UInt64 {
        let context = [access << 16 | type, major, minor]
        var registers = [UInt64](repeating: 0, count: 11)
        var counter = 0
        for _ in 0..<1000 {
            let instruction = try #require(program.indices.contains(counter) ? program[counter] : nil)
            let destination = Int((instruction >> 8) & 0xf)
            let source = Int((instruction >> 12) & 0xf)
            let offset = Int(Int16(truncatingIfNeeded: instruction >> 16))
            let immediate = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: instruction >> 32)))
            counter += 1
            switch instruction & 0xff {
            case 0x61: registers[destination] = UInt64(context[offset / 4])
            case 0x54: registers[destination] = (registers[destination] & immediate) & 0xffff_ffff
            case 0x74: registers[destination] = (registers[destination] & 0xffff_ffff) >> immediate
            case 0xbc: registers[destination] = registers[source] & 0xffff_ffff
            case 0xb7: registers[destination] = immediate
            case 0x55: if registers[destination] != immediate { counter += offset }
            case 0x56: if registers[destination] & 0xffff_ffff != immediate & 0xffff_ffff { counter += offset }
            case 0x15: if registers[destination] == immediate { counter += offset }
            case 0x5d: if registers[destination] != registers[source] { counter += offset }
            case 0x95: return registers[0]
            default: Issue.record("unknown instruction \(instruction)")
            }
        }
        throw SyscallError("bpf", errno: ELOOP)
    }

    /// Docker's default, one that allows by default with exceptions, everything, nothing.
    private static let lists: [[RuntimeSpec.DeviceRule]] = [
        [
            .init(allow: false), .init(allow: true, type: "c", access: "m"), .init(allow: true, type: "b", access: "m"),
            .init(allow: true, type: "c", major: 1, minor: 3), .init(allow: true, type: "c", major: 136),
            .init(allow: true, type: "b", major: 8, access: "r"), .init(allow: true, type: "c", minor: 77, access: "rw"),
            .init(allow: true, type: "c", major: 4_294_967_295, minor: 2_147_483_648),
        ],
        [
            .init(allow: true), .init(allow: false, type: "c", major: 10, minor: 229), .init(allow: false, type: "b", access: "w"),
            .init(allow: false, type: "c", major: 5, access: "rm"),
        ],
        [.init(allow: true)], [.init(allow: false)], [],
    ]

    @Test("the program says what the rules say", arguments: lists)
    func agrees(list: [RuntimeSpec.DeviceRule]) throws {
        for count in 0...list.count {
            let rules = try DeviceRules(Array(list.prefix(count)))
            let program = DeviceProgram(rules).instructions
            for type in [UInt32(1), 2] {
                for access in UInt32(1)...7 {
                    for (major, minor) in [
                        (1, 3), (1, 5), (136, 0), (136, 77), (8, 0), (10, 229), (5, 1), (0, 0), (4095, 1), (.max, 1 << 31), (.max, 0),
                    ] as [(UInt32, UInt32)] {
                        let expected = allowed(rules, type: type, access: access, major: major, minor: minor)
                        let answer = try run(program, type: type, access: access, major: major, minor: minor)
                        #expect(answer == (expected ? 1 : 0), "\(count) rules, type \(type) access \(access) \(major):\(minor)")
                    }
                }
            }
        }
    }

    @Test("the kernel's verifier takes it", .enabled(if: geteuid() == 0), arguments: lists)
    func loads(list: [RuntimeSpec.DeviceRule]) throws {
        _ = try DeviceFilter(instructions: DeviceProgram(try DeviceRules(list)).instructions)
        #expect(throws: SyscallError.self) { try DeviceFilter(instructions: [0]) }
    }
}
