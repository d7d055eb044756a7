// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A filter that hands calls to an agent, for the processes of a container behind a shim.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfShimProtocol
import WharfTestKit

@Suite("Seccomp agent of a shim", .enabled(if: ShimFixture.canRun)) struct ShimSeccompTests {
    @Test("the listener of an exec goes to the agent as that of the first process does")
    func exec() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            let agent = try UnixSocket.listen(in: try HostPath(shim.directory.path).openDirectory(), name: "agent")
            let profile = RuntimeSpec.Seccomp(
                defaultAction: "SCMP_ACT_ALLOW", listenerPath: shim.directory.path("agent"), listenerMetadata: "m",
                syscalls: [.init(["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY")])
            let text = String(decoding: JSON.encode(profile), as: UTF8.self)
            guard case .pid(let first) = try shim.create(["/bin/sleep", "500"], seccomp: text) else { throw TestFailure("create failed") }
            #expect(try news(agent) == [first: .creating])
            guard case .done = try shim.daemon.ask(.start) else { throw TestFailure("start failed") }
            var request = ExecRequest()
            request.id = "e1"
            request.process = Array(#"{"args":["/bin/sleep","500"],"cwd":"/","env":[],"user":{"uid":0,"gid":0}}"#.utf8)
            let reply = try shim.daemon.ask(.exec(request))
            guard case .pid(let second) = reply else { throw TestFailure("exec failed: \(reply)") }
            #expect(try news(agent) == [second: .running])
            kill(first, SIGKILL)
            _ = try shim.daemon.exit()
            #expect(try shim.shutDown() == .exited(code: 0))
        }
    }

    /// What an agent is told with one listener: whose it is, and how the container stands.
    private func news(_ agent: Descriptor) throws -> [Int32: ContainerState.Status] {
        let connection = try #require(try UnixSocket.accept(agent, nonBlocking: false))
        var descriptors: [Descriptor] = []
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = try bytes.withUnsafeMutableBytes { try UnixSocket.receive(into: $0, descriptors: &descriptors, from: connection) }
        #expect(descriptors.count == 1)
        let document = try JSON.decode(ContainerProcessState.self, from: Array(bytes[..<(count ?? 0)]))
        return [document.pid: document.state.status]
    }
}
