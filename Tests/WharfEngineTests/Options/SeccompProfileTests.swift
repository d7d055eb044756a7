// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The default system call profile, rule by rule against the one that moby publishes. The published text is not part of this
// project; what stands here is the digest of its whole table. With the file at hand (WHARF_SECCOMP_REFERENCE=…/default.json)
// the same table is made from it and each difference is named.

import Foundation
import Testing
import WharfJSON
import WharfOCI
import WharfTestKit

@testable import WharfEngine

@Suite struct SeccompProfileTests {
    /// No capability, each one alone, all of them.
    private static let sets: [[Capability]] = [[]] + Capability.allCases.map { [$0] } + [Capability.allCases]
    private static let kernels = [(4, 7), (4, 8), (6, 12)]

    /// One line for each rule of each combination; of moby/profiles 0.2.3.
    @Test(arguments: [
        ("amd64", "f6b1bbc5f515236fad43850db7494bd55da92332e247c468fcf794879d9f58f2"),
        ("arm64", "84c9614a35448fe67433c5197c84548e14635f19f0b2c72835c606d2ea2f1ed8"),
        ("riscv64", "1be5a11ff670b312961ff0512f241dbc4b90f7c54493c798d6a77546838e7bd8"),
    ])
    func theWholeTableIsTheOneThatMobyPublishes(architecture: String, digest: String) throws {
        var text: [UInt8] = []
        for kernel in Self.kernels {
            for set in Self.sets {
                text += "\(architecture) \(kernel.0).\(kernel.1) \(set.map(\.name).joined(separator: " "))\n".utf8
                text += (try table(.standard, set, architecture, kernel).joined(separator: "\n") + "\n").utf8
            }
        }
        #expect(BusyboxImage.digest(text) == digest)
    }

    private static let reference = ProcessInfo.processInfo.environment["WHARF_SECCOMP_REFERENCE"]

    @Test(.enabled(if: reference != nil, "WHARF_SECCOMP_REFERENCE names moby's default.json"), arguments: ["amd64", "arm64", "riscv64"])
    func eachRuleIsTheOneOfThePublishedFile(architecture: String) throws {
        let path = try #require(Self.reference)
        let published = try SeccompProfile.parse(String(contentsOfFile: path, encoding: .utf8))
        for kernel in Self.kernels {
            for set in Self.sets {
                let ours = Set(try table(.standard, set, architecture, kernel))
                let theirs = Set(try table(published, set, architecture, kernel))
                #expect(ours.symmetricDifference(theirs).sorted() == [], "\(architecture) \(kernel) \(set)")
            }
        }
    }

    private func table(
        _ profile: SeccompProfile, _ set: [Capability], _ architecture: String, _ kernel: (Int, Int)
    ) throws -> [String] {
        let target = SeccompProfile.Target(capabilities: Set(set.map(\.name)), architecture: architecture, kernel: kernel)
        let filter = try profile.resolved(for: target)
        var lines: Set<String> = []
        for rule in filter.syscalls {
            let arguments = rule.args.map { "\($0.index) \($0.op) \($0.value) \($0.valueTwo)" }.joined(separator: ",")
            for name in rule.names { lines.insert("\(name) \(rule.action) \(rule.errnoRet ?? 0) \(arguments)") }
        }
        let head = [filter.defaultAction, "\(filter.defaultErrnoRet ?? 0)"] + filter.architectures
        return head + lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    @Test func theNewestCallsAreInIt() throws {
        let lines = try table(.standard, Capability.containerDefaults, "amd64", (6, 12))
        for name in ["statmount", "listmount", "mseal", "uretprobe", "map_shadow_stack", "setxattrat", "getxattrat", "removexattrat"] {
            #expect(lines.contains("\(name) SCMP_ACT_ALLOW 0 "), "\(name)")
        }
        for name in ["io_uring_setup", "keyctl", "userfaultfd", "open_tree_attr", "bpf", "mount", "unshare", "kexec_load"] {
            #expect(!lines.contains { $0.hasPrefix("\(name) ") }, "\(name)")
        }
    }

    /// As files of years are written: null for nothing, empty objects, the old single name.
    @Test func profilesOfUsersAreReadInAllTheirForms() throws {
        let profile = try SeccompProfile.parse(
            #"""
            {"defaultAction":"SCMP_ACT_ERRNO","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":null}],
             "syscalls":[
              {"names":["read","write"],"action":"SCMP_ACT_ALLOW","args":null,"comment":"","includes":{},"excludes":{}},
              {"name":"exit","action":"SCMP_ACT_ALLOW","args":[]},
              {"names":["mount"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"],"arches":null}},
              {"names":["openat"],"action":"SCMP_ACT_ERRNO","errnoRet":13,"args":[{"index":2,"value":3,"valueTwo":1,"op":"SCMP_CMP_MASKED_EQ"}]}]}
            """#)
        #expect(
            try table(profile, [], "amd64", (6, 1)) == [
                "SCMP_ACT_ERRNO", "0", "SCMP_ARCH_X86_64", "exit SCMP_ACT_ALLOW 0 ", "openat SCMP_ACT_ERRNO 13 2 SCMP_CMP_MASKED_EQ 3 1",
                "read SCMP_ACT_ALLOW 0 ", "write SCMP_ACT_ALLOW 0 ",
            ])
        #expect(throws: (any Error).self) { try SeccompProfile.parse(#"{"syscalls":3}"#) }
        #expect(throws: (any Error).self) { try SeccompProfile.parse("/etc/passwd") }
    }
}
