// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// System call filters from profile to verdict: names, arguments, architectures, newer calls, the cache.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite struct SeccompCompilerTests {
    private static let allow: UInt32 = 0x7FFF_0000
    private static func error(_ number: Int32) -> UInt32 { 0x0005_0000 | UInt32(number) }
    private static let x32: UInt32 = 0x4000_0000
    private static let i386: UInt32 = 0x4000_0003

    private let profile = RuntimeSpec.Seccomp(
        defaultAction: "SCMP_ACT_ERRNO", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
        syscalls: [
            .init(["read", "write", "execve", "statmount", "no_such_call"], action: "SCMP_ACT_ALLOW"),
            .init(["socket"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_LT", 38)]),
            .init(["socket"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_EQ", 39)]),
            .init(["clone"], action: "SCMP_ACT_ALLOW", args: [.init(index: 0, "SCMP_CMP_MASKED_EQ", 0x7E02_0000, 0)]),
            .init(["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: UInt32(ENOSYS)),
        ])

    private func verdict(_ number: UInt32, _ arguments: [UInt64] = [], architecture: UInt32 = 0xC000_003E) throws -> UInt32 {
        try WharfTestKit.verdict(
            of: SeccompCompiler.compile(profile),
            on: CallUnderTest(number: number, architecture: architecture, arguments: arguments))
    }

    @Test func namedCallsPassAndOthersDoNot() throws {
        #expect(try verdict(0) == Self.allow)
        #expect(try verdict(59) == Self.allow)
        #expect(try verdict(101) == Self.error(EPERM), "ptrace is not in the list")
        #expect(try verdict(3, architecture: Self.i386) == Self.allow, "read on i386")
        #expect(try verdict(0 | Self.x32) == Self.allow, "read on x32")
    }

    @Test func argumentsDecide() throws {
        #expect(try verdict(41, [37]) == Self.allow)
        #expect(try verdict(41, [38]) == Self.error(EPERM), "AF_ALG")
        #expect(try verdict(41, [39]) == Self.allow)
        #expect(try verdict(41, [40]) == Self.error(EPERM), "AF_VSOCK")
        #expect(try verdict(56, [UInt64(SIGCHLD)]) == Self.allow)
        #expect(try verdict(56, [0x1000_0000]) == Self.error(EPERM), "CLONE_NEWUSER")
    }

    @Test func newerCallsAreDecidedByNumber() throws {
        #expect(try verdict(435) == Self.error(ENOSYS), "clone3 makes the C library fall back")
        #expect(try verdict(457) == Self.allow, "statmount is allowed by name although libseccomp does not know it")
        #expect(try verdict(458) == Self.error(EPERM), "listmount exists and is not in the list")
        #expect(try verdict(10_000) == Self.error(ENOSYS), "newer than every table")
        #expect(try verdict(457, architecture: Self.i386) == Self.allow)
        #expect(try verdict(10_000, architecture: Self.i386) == Self.error(ENOSYS))
    }

    @Test func foreignArchitecturesAreKilled() throws {
        #expect(try verdict(0, architecture: 0xC000_00B7) == 0, "aarch64 on x86-64")
        #expect(try verdict(10_000, architecture: 0xC000_00B7) == 0)
    }

    @Test(arguments: [
        (RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_MAYBE"), "seccomp: unknown action \"SCMP_ACT_MAYBE\""),
        (
            RuntimeSpec.Seccomp(defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_PDP11"]),
            "seccomp: unknown architecture \"SCMP_ARCH_PDP11\""
        ),
        (
            RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_ALLOW",
                syscalls: [.init(["read"], action: "SCMP_ACT_ERRNO", args: [.init(index: 6, "SCMP_CMP_EQ", 0)])]),
            "seccomp: read has no argument 6, only 0 to 5"
        ),
        (
            RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_ALLOW",
                syscalls: [.init(["read"], action: "SCMP_ACT_ERRNO", args: [.init(index: 0, "SCMP_CMP_XX", 0)])]),
            "seccomp: unknown operator \"SCMP_CMP_XX\" for read"
        ),
    ]) func mistakesNameTheField(profile: RuntimeSpec.Seccomp, message: String) {
        #expect(throws: SeccompError.self) { try SeccompCompiler.compile(profile) }
        do { _ = try SeccompCompiler.compile(profile) } catch { #expect("\(error)" == message) }
    }

    @Test func theCacheAnswersOnlyForTheSameProfile() throws {
        let temporary = try TemporaryDirectory("seccomp")
        let directory = HostPath(temporary.path)
        let cache = SeccompCache(directory: directory)
        let document = try JSON.parse(JSON.encode(profile))
        let first = try cache.filter(for: document)
        let file = try #require(try directory.entries().first)
        #expect(try cache.filter(for: document) == first)
        // Another profile's bytes under this name: a miss, not its filter.
        let path = directory / file.name
        var bytes = try path.read(limit: 1 << 20)
        bytes[40] ^= 1
        try path.writeAtomically(bytes)
        #expect(try cache.filter(for: document) == first)
    }
}
