// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Filters that hand calls to an agent: what the agent gets, and what is refused.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite("Seccomp agent")
struct SeccompAgentTests {
    private func profile(_ path: String, names: [String] = ["mkdir", "mkdirat"], flags: [String] = []) -> RuntimeSpec.Seccomp {
        RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ALLOW", flags: flags, listenerPath: path, listenerMetadata: "for the agent",
            syscalls: [.init(names, action: "SCMP_ACT_NOTIFY")])
    }

    @Test(
        "the agent gets the listener with the state, and the call waits for it", .enabled(if: BundleFixture.canRun),
        arguments: [true, false])
    func listener(noNewPrivileges: Bool) async throws {
        var fixture = try await BundleFixture()
        let agent = try UnixSocket.listen(in: try fixture.bundle.openDirectory(), name: "agent")
        fixture.spec.process.noNewPrivileges = noNewPrivileges
        fixture.spec.linux.seccomp = try JSON.parse(JSON.encode(profile(fixture.temporary.path("agent"))))
        let result = try await fixture.run("echo ran; busybox timeout -s KILL 1 mkdir /tmp/made; echo $?; ls /proc/1/fd; true")
        // Nobody answers, so the call ends with its process.
        #expect(result.lines == ["ran", "137", "0", "1", "2"], "\(result)")
        let connection = try #require(try UnixSocket.accept(agent, nonBlocking: false))
        var descriptors: [Descriptor] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = try bytes.withUnsafeMutableBytes { try UnixSocket.receive(into: $0, descriptors: &descriptors, from: connection) }
        let document = try JSON.decode(ContainerProcessState.self, from: Array(bytes[..<(count ?? 0)]))
        #expect(document.fds == ["seccompFd"] && descriptors.count == 1)
        #expect(document.metadata == "for the agent" && document.pid > 1)
        #expect(document.state.id == "c1" && document.state.status == .creating && document.state.pid == document.pid)
        #expect(document.state.bundle == fixture.temporary.path)
    }

    @Test("an agent that is not there keeps the container from being made", .enabled(if: BundleFixture.canRun))
    func absent() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.seccomp = try JSON.parse(JSON.encode(profile(fixture.temporary.path("nobody"))))
        let result = try await fixture.run("echo ran")
        #expect(
            result.lines.isEmpty && result.says("handing the seccomp listener to \(fixture.temporary.path("nobody"))"), "\(result)")
    }

    @Test("flags reach the kernel", .enabled(if: BundleFixture.canRun))
    func flags() async throws {
        var fixture = try await BundleFixture()
        let profile = RuntimeSpec.Seccomp(
            defaultAction: "SCMP_ACT_ALLOW",
            flags: ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC"],
            syscalls: [.init(["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: UInt32(EPROTO))])
        fixture.spec.linux.seccomp = try JSON.parse(JSON.encode(profile))
        let result = try await fixture.run("grep ^Seccomp: /proc/self/status; busybox mkdir /tmp/x")
        #expect(result.lines == ["Seccomp:\t2"] && result.says("Protocol error"), "\(result)")
    }

    @Test("contradictions are named")
    func contradictions() throws {
        for (seccomp, words) in [
            (profile(""), "needs a listenerPath"), (profile("agent"), "listenerPath \"agent\" is not absolute"),
            (profile("/a", names: ["write"]), "can't be used for the write syscall"), (profile("/a", flags: ["X"]), "unknown flag \"X\""),
            (.init(defaultAction: "SCMP_ACT_NOTIFY", listenerPath: "/a"), "can't be the default action"),
            (.init(defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/a"), "no rule has SCMP_ACT_NOTIFY"),
            (
                .init(defaultAction: "SCMP_ACT_ALLOW", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"]),
                "needs a rule with SCMP_ACT_NOTIFY"
            ),
        ] {
            let error = #expect(throws: SeccompError.self) { try SeccompFilter(program: [], for: seccomp) }
            #expect(error?.description.contains(words) ?? false, "\(words): \(String(describing: error))")
        }
        #expect(try SeccompFilter(program: [], for: profile("/a", flags: ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"])).notifies)
    }
}
