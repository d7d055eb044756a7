// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Shapes of profiles that compilers of filters got wrong: each is a legal profile whose program once said something else
// than its text (libseccomp 2.5.4), or a limit of the kernel's machine.

import Glibc
import Testing
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite("Shapes of seccomp profiles")
struct SeccompShapeTests {
    private typealias Profile = RuntimeSpec.Seccomp
    private static let allow: UInt32 = 0x7FFF_0000
    private static let kill: UInt32 = 0x8000_0000
    private static let (x86, i386, x32Bit): (UInt32, UInt32, UInt32) = (0xC000_003E, 0x4000_0003, 0x4000_0000)
    private static let all = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    private static func error(_ number: Int32) -> UInt32 { 0x0005_0000 | UInt32(number) }

    private func verdict(_ profile: Profile, _ number: UInt32, _ arguments: UInt64..., architecture: UInt32 = x86) throws -> UInt32 {
        try WharfTestKit.verdict(
            of: SeccompCompiler.compile(profile), on: CallUnderTest(number: number, architecture: architecture, arguments: arguments))
    }

    /// All verdicts as the text has them, on every architecture and around every value.
    private func compare(_ profile: Profile) throws {
        let (program, oracle) = (try SeccompCompiler.compile(profile), FilterOracle(profile))
        for call in oracle.calls(withRulesOnly: true) {
            let (found, expected) = (try WharfTestKit.verdict(of: program, on: call), oracle.verdict(for: call))
            #expect(found == expected, "\(call): 0x\(String(found, radix: 16)), not 0x\(String(expected, radix: 16))")
        }
    }

    @Test("at most 0 or at least 2^32 does not match 1")
    func wide() throws {
        let profile = Profile(
            defaultAction: "SCMP_ACT_KILL_PROCESS", architectures: Self.all,
            syscalls: [
                .init(["futex"], action: "SCMP_ACT_ALLOW", args: [.init(index: 1, "SCMP_CMP_LE", 0)]),
                .init(["futex"], action: "SCMP_ACT_ALLOW", args: [.init(index: 1, "SCMP_CMP_GE", 1 << 32)]),
            ])
        #expect(try verdict(profile, 202, 0, 1) == Self.kill)
        #expect(try verdict(profile, 202, 0, 0) == Self.allow)
        #expect(try verdict(profile, 202, 0, 1 << 32) == Self.allow)
        try compare(profile)
    }

    @Test("a rule without conditions behind a conditional one is not lost with x86", arguments: [all, []])
    func unconditional(architectures: [String]) throws {
        for name in ["socket", "shmget", "mseal", "prctl"] {
            let profile = Profile(
                defaultAction: "SCMP_ACT_ALLOW", architectures: architectures,
                syscalls: [
                    .init([name], action: "SCMP_ACT_ERRNO", errnoRet: 99, args: [.init(index: 0, "SCMP_CMP_EQ", 38)]),
                    .init([name], action: "SCMP_ACT_KILL_PROCESS"),
                ])
            try compare(profile)
            if name == "socket" { #expect(try verdict(profile, 41, 1) == Self.kill) }
        }
    }

    @Test("a rule with one condition is not lost beside one with several")
    func oneBesideSeveral() throws {
        let several = Profile.Rule(
            ["clone"], action: "SCMP_ACT_ALLOW",
            args: [.init(index: 1, "SCMP_CMP_NE", 0), .init(index: 0, "SCMP_CMP_NE", 0x7E02_0000)])
        let one = Profile.Rule(["clone"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_EQ", 38)])
        for rules in [[several, one], [one, several]] {
            let profile = Profile(defaultAction: "SCMP_ACT_TRACE", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"], syscalls: rules)
            #expect(try verdict(profile, 56, 38, 0) == Self.allow)
            try compare(profile)
        }
    }

    @Test("two rules with several conditions for one call do not keep the compiler busy")
    func severalTwice() throws {
        let operators = ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"]
        for first in operators {
            for second in operators {
                try compare(
                    Profile(
                        defaultAction: "SCMP_ACT_ERRNO", architectures: Self.all,
                        syscalls: [
                            .init(
                                ["fcntl"], action: "SCMP_ACT_ALLOW",
                                args: [.init(index: 0, first, 1 << 32, 1), .init(index: 1, second, 40, 8), .init(index: 2, first, 1)]),
                            .init(
                                ["fcntl"], action: "SCMP_ACT_KILL",
                                args: [.init(index: 1, first, 40, 8), .init(index: 0, second, 1 << 32, 1), .init(index: 3, second, 0)]),
                        ]))
            }
        }
    }

    @Test("of rules that match, the one with fewer conditions wins, then the first")
    func precedence() throws {
        func rule(_ number: UInt32, _ conditions: Profile.Condition...) -> Profile.Rule {
            .init(["write"], action: "SCMP_ACT_ERRNO", errnoRet: number, args: conditions)
        }
        let (a, b) = (Profile.Condition(index: 0, "SCMP_CMP_EQ", 1), Profile.Condition(index: 1, "SCMP_CMP_EQ", 2))
        let cases: [([Profile.Rule], Int32)] = [
            ([rule(1, a, b), rule(2, b)], 2), ([rule(1, b), rule(2, a, b)], 1), ([rule(1, a, b), rule(2, a)], 2),
            ([rule(1, a), rule(2)], 2), ([rule(1), rule(2, a)], 1), ([rule(1), rule(2)], 1), ([rule(1, a), rule(2, b)], 1),
            ([rule(1, b), rule(2, a)], 1), ([rule(1, a), rule(2, a)], 1),
        ]
        for (rules, winner) in cases {
            #expect(try verdict(Profile(defaultAction: "SCMP_ACT_ALLOW", syscalls: rules), 1, 1, 2) == Self.error(winner))
        }
    }

    @Test("what a 64-bit program leaves in the upper half of an i386 argument changes nothing")
    func upperHalf() throws {
        let profile = Profile(
            defaultAction: "SCMP_ACT_ERRNO", architectures: Self.all,
            syscalls: [
                .init(["socket"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_GT", 40)]),
                .init(["personality"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_GE", 1 << 32)]),
            ])
        #expect(try verdict(profile, 359, 1 << 32 | 38, architecture: Self.i386) == Self.error(EPERM))
        #expect(try verdict(profile, 359, 41, architecture: Self.i386) == Self.allow)
        #expect(try verdict(profile, 41 | Self.x32Bit, 1 << 32 | 38) == Self.error(EPERM))
        #expect(try verdict(profile, 136, .max, architecture: Self.i386) == Self.error(EPERM), "no argument there reaches 2^32")
    }

    @Test("rules hold for calls by way of socketcall and ipc too, with conditions only where that is stricter")
    func doors() throws {
        let profile = Profile(
            defaultAction: "SCMP_ACT_ERRNO", architectures: Self.all,
            syscalls: [
                .init(["bind", "shmget"], action: "SCMP_ACT_ALLOW"),
                .init(["socket"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_EQ", 1)]),
                .init(["connect"], action: "SCMP_ACT_KILL_PROCESS", args: [.init(index: 0, "SCMP_CMP_EQ", 1)]),
            ])
        let cases: [(UInt64, UInt32)] = [(1, Self.error(EPERM)), (2, Self.allow), (3, Self.kill), (4, Self.error(EPERM))]
        for (call, expected) in cases {
            #expect(try verdict(profile, 102, call, architecture: Self.i386) == expected, "socketcall \(call)")
            #expect(try verdict(profile, 102, 7 << 32 | call, architecture: Self.i386) == expected, "the kernel looks at half of it")
        }
        #expect(try verdict(profile, 361, architecture: Self.i386) == Self.allow, "bind itself")
        #expect(try verdict(profile, 359, 1, architecture: Self.i386) == Self.allow, "socket itself")
        #expect(try verdict(profile, 117, 23, architecture: Self.i386) == Self.allow)
        #expect(try verdict(profile, 117, 1 << 16 | 23, architecture: Self.i386) == Self.allow, "with ipc's version")
        #expect(try verdict(profile, 117, 21, architecture: Self.i386) == Self.error(EPERM))
        var open = profile
        open.syscalls.append(.init(["socketcall"], action: "SCMP_ACT_ALLOW"))
        #expect(try verdict(open, 102, 3, architecture: Self.i386) == Self.allow, "a rule without conditions wins")
    }

    @Test("a call that its tracer skips is left to the default, x32 calls are killed where x32 is not listed")
    func skipped() throws {
        let profile = Profile(defaultAction: "SCMP_ACT_ERRNO", syscalls: [.init(["read"], action: "SCMP_ACT_ALLOW")])
        #expect(try verdict(profile, .max) == Self.error(EPERM))
        #expect(try verdict(profile, .max - 1) == 0)
        #expect(try verdict(profile, Self.x32Bit) == 0)
        #expect(try verdict(profile, Self.x32Bit - 1) == Self.error(ENOSYS))
    }

    @Test("a name with a NUL byte is no name")
    func nul() throws {
        let profile = Profile(defaultAction: "SCMP_ACT_ERRNO", syscalls: [.init(["read\0", "read\0x"], action: "SCMP_ACT_ALLOW")])
        #expect(try verdict(profile, 0) == Self.error(EPERM))
    }

    @Test("jumps reach over long filters, and a filter that is too long is refused by its length")
    func long() throws {
        func profile(_ rules: Int) -> Profile {
            var profile = Profile(defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"])
            for index in 0..<rules {
                let condition = Profile.Condition(index: 1, "SCMP_CMP_EQ", UInt64(index) << 32 | 5)
                let name = index % 2 == 0 ? "ioctl" : "prctl"
                profile.syscalls.append(.init([name], action: "SCMP_ACT_ERRNO", errnoRet: UInt32(index + 2), args: [condition]))
            }
            profile.syscalls.append(.init(["read", "write", "openat", "close", "statx"], action: "SCMP_ACT_ALLOW"))
            return profile
        }
        let program = try SeccompCompiler.compile(profile(600))
        let indices: [Int] = [0, 1, 350, 598, 599]
        for index in indices {
            let call = CallUnderTest(number: index % 2 == 0 ? 16 : 157, arguments: [0, UInt64(index) << 32 | 5])
            #expect(try WharfTestKit.verdict(of: program, on: call) == Self.error(Int32(index + 2)))
        }
        for number in [0, 1, 3] as [UInt32] {
            #expect(try WharfTestKit.verdict(of: program, on: CallUnderTest(number: number)) == Self.allow)
        }
        let error = #expect(throws: SeccompError.self) { try SeccompCompiler.compile(profile(5000)) }
        #expect(error?.description.hasSuffix("instructions, the kernel takes 4096") ?? false, "\(String(describing: error))")
    }

    /// What the kernel does when it takes a filter (seccomp_cache_prepare): it follows the program with number and
    /// architecture alone, and a call whose verdict needs nothing else is allowed for good without running it.
    @Test("calls that are always allowed are decided by number and architecture alone")
    func constant() throws {
        let program = try SeccompCompiler.compile(
            Profile(
                defaultAction: "SCMP_ACT_ERRNO", architectures: Self.all,
                syscalls: [
                    .init(["read", "write", "bind", "mseal"], action: "SCMP_ACT_ALLOW"),
                    .init(["socket"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_LT", 38)]),
                ]))
        for number in [0, 1, 49, 462] as [UInt32] {
            #expect(try loads(program, CallUnderTest(number: number)).allSatisfy { $0 == 0 || $0 == 4 }, "call \(number)")
        }
        #expect(try loads(program, CallUnderTest(number: 41)).contains(16))
    }

    /// The offsets that a program loads on its way to the verdict.
    private func loads(_ program: [UInt8], _ call: CallUnderTest) throws -> [UInt32] {
        var offsets: [UInt32] = []
        _ = try WharfTestKit.verdict(of: program, on: call) { offsets.append($0) }
        return offsets
    }
}
