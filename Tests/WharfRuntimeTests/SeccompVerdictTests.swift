// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Compiled filters against the meaning of their profiles: every number of every architecture, and arguments around each
// condition, run through a BPF interpreter.

import Testing
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite struct SeccompVerdictTests {
    private static let architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
    private static let operators = [
        "SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ",
    ]

    /// Compares all verdicts; answers how many calls were looked at.
    private func compare(_ profile: RuntimeSpec.Seccomp, withRulesOnly: Bool = false) throws -> Int {
        let program = try SeccompCompiler.compile(profile)
        let oracle = FilterOracle(profile)
        let calls = oracle.calls(withRulesOnly: withRulesOnly)
        for call in calls {
            let found = try verdict(of: program, on: call)
            let expected = oracle.verdict(for: call)
            #expect(found == expected, "\(call): 0x\(String(found, radix: 16)), not 0x\(String(expected, radix: 16))")
        }
        return calls.count
    }

    @Test("a list of what is allowed, on three architectures and on one", arguments: [architectures, []])
    func allowList(architectures: [String]) throws {
        let profile = RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, architectures: architectures,
            syscalls: [
                .init(["read", "write", "openat2", "statmount", "mseal", "uretprobe", "rt_sigreturn"], action: "SCMP_ACT_ALLOW"),
                .init(["kill"], action: "SCMP_ACT_KILL_PROCESS"), .init(["ptrace"], action: "SCMP_ACT_TRAP"),
                .init(["mount"], action: "SCMP_ACT_TRACE", errnoRet: 7), .init(["bpf"], action: "SCMP_ACT_LOG"),
                .init(["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: 99),
            ])
        #expect(try compare(profile) > 1800)
    }

    @Test("a list of what is denied", arguments: ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"])
    func denyList(fallback: String) throws {
        _ = try compare(
            RuntimeSpec.Seccomp(
                defaultAction: fallback, architectures: Self.architectures,
                syscalls: [
                    .init(["mkdir", "mkdirat", "listmount", "uprobe"], action: "SCMP_ACT_ERRNO"),
                    .init(["unshare"], action: "SCMP_ACT_ERRNO", errnoRet: 22), .init(["setns"], action: "SCMP_ACT_KILL"),
                ]))
    }

    @Test("each operator, on calls that libseccomp knows and on newer ones", arguments: operators)
    func comparisons(op: String) throws {
        for value in [0, 1, 0x7E02_0000, 0xFFFF_FFFF, 0x1_0000_0000, 0x1234_5678_9ABC_DEF0, UInt64.max] {
            let masked: UInt64 = op == "SCMP_CMP_MASKED_EQ" ? value & 0x1200_5678_0002_0000 : 0
            let condition = RuntimeSpec.Seccomp.Condition(index: 2, op, value, masked)
            for name in ["fcntl", "fchmodat2", "uretprobe"] {
                _ = try compare(
                    RuntimeSpec.Seccomp(
                        defaultAction: "SCMP_ACT_ERRNO", architectures: Self.architectures,
                        syscalls: [.init([name], action: "SCMP_ACT_ALLOW", args: [condition])]), withRulesOnly: true)
            }
        }
    }

    @Test("conditions on several arguments hold together, on one argument they are alternatives, a bare rule beats both")
    func combinations() throws {
        for name in ["prctl", "mseal"] {
            let (first, second) = (
                RuntimeSpec.Seccomp.Condition(index: 0, "SCMP_CMP_EQ", 5), RuntimeSpec.Seccomp.Condition(index: 1, "SCMP_CMP_GT", 9)
            )
            let third = RuntimeSpec.Seccomp.Condition(index: 0, "SCMP_CMP_EQ", 77)
            for rules in [
                [RuntimeSpec.Seccomp.Rule([name], action: "SCMP_ACT_ALLOW", args: [first, second])],
                [.init([name], action: "SCMP_ACT_ALLOW", args: [first, third])],
                [.init([name], action: "SCMP_ACT_ALLOW", args: [first]), .init([name], action: "SCMP_ACT_LOG", args: [third])],
                [.init([name], action: "SCMP_ACT_ALLOW", args: [first]), .init([name], action: "SCMP_ACT_ALLOW")],
                [.init([name], action: "SCMP_ACT_ALLOW"), .init([name], action: "SCMP_ACT_ALLOW", args: [first])],
            ] {
                _ = try compare(
                    RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_ERRNO", architectures: Self.architectures, syscalls: rules),
                    withRulesOnly: true)
            }
        }
    }

    @Test("uretprobe has a number although libseccomp has no name for it")
    func uretprobe() throws {
        let profile = RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ERRNO", architectures: Self.architectures,
            syscalls: [.init(["uretprobe"], action: "SCMP_ACT_ALLOW")])
        let program = try SeccompCompiler.compile(profile)
        #expect(try verdict(of: program, on: CallUnderTest(number: 335)) == 0x7FFF_0000)
        #expect(try verdict(of: program, on: CallUnderTest(number: 336)) == 0x0005_0001)
        #expect(
            try verdict(of: program, on: CallUnderTest(number: 335, architecture: 0x4000_0003)) == 0x0005_0001,
            "renameat2's neighbour on i386")
        #expect(try verdict(of: program, on: CallUnderTest(number: 335 | 0x4000_0000)) == 0x0005_0001)
    }
}
