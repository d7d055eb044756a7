// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Execs from create to their end, and programs that can't be run.

import Glibc
import Testing
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfShimProtocol

@testable import WharfEngine

@Suite("exec", .timeLimit(.minutes(1))) struct ExecTests {
    private func request(_ words: String..., change: (inout ExecCreateRequest) -> Void = { _ in }) -> ExecCreateRequest {
        var request = ExecCreateRequest()
        request.cmd = words
        request.attachStdout = true
        request.attachStderr = true
        change(&request)
        return request
    }

    @Test("from create to its end") func wholeLife() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run { config, _ in config.user = "7" }
        let exec = try await fixture.execs.create(id, request("sh", "-c", "x") { $0.env = ["A=1"] }).id
        #expect(try await fixture.execs.inspect(exec).exitCode == nil)
        let session = try await fixture.execs.start(exec, ExecStartRequest())
        #expect(!session.isTTY)
        let (near, far) = try UnixSocket.pair()
        await session.run(HijackedConnection(descriptor: near))
        let asked = try #require(task.execs.first)
        #expect(asked.process.arguments == ["sh", "-c", "x"] && asked.process.user == "7")
        #expect(asked.process.environment.contains("A=1"))
        #expect(asked.attaches.first?.request.process == exec)
        var inspect = try await fixture.execs.inspect(exec)
        #expect(inspect.running && inspect.pid == 4711 && inspect.containerID == id)
        #expect(try await fixture.containers.inspect(id).execIDs == [exec])
        task.tell(.exited(process: exec, ExitRecord(exitCode: 3, exitedAt: .now())))
        try await fixture.happened("exec_die", id)
        inspect = try await fixture.execs.inspect(exec)
        #expect(!inspect.running && inspect.exitCode == 3)
        #expect(try await fixture.containers.inspect(id).execIDs == nil)
        #expect(
            try await fixture.actions(of: id)
                == ["create", "start", "exec_create: sh -c x", "exec_start: sh -c x", "exec_die"])
        withExtendedLifetime(far) {}
    }

    @Test("a container that does not run, or is paused, refuses") func refusals() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create("web")
        #expect(await failure(.conflict) { _ = try await fixture.execs.create("web", request("sh")) } == "container \(id) is not running")
        try await fixture.containers.start(id)
        try await fixture.containers.pause(id)
        _ = await failure(.conflict) { _ = try await fixture.execs.create("web", request("sh")) }
        try await fixture.containers.unpause(id)
        _ = await failure(.invalidArgument) { _ = try await fixture.execs.create("web", ExecCreateRequest()) }
        #expect(await failure(.notFound) { _ = try await fixture.execs.inspect("nope") } == "No such exec instance: nope")
    }

    @Test("an exec runs once") func once() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        let exec = try await fixture.execs.create(id, request("sh")).id
        try await fixture.execs.startDetached(exec, ExecStartRequest())
        #expect(
            await failure(.conflict) { try await fixture.execs.startDetached(exec, ExecStartRequest()) }
                == "exec command \(exec) is already running")
        task.tell(.exited(process: exec, ExitRecord(exitCode: 0, exitedAt: .now())))
        try await fixture.happened("exec_die", id)
        #expect(
            await failure(.conflict) { try await fixture.execs.startDetached(exec, ExecStartRequest()) }
                == "exec command \(exec) has already run")
    }

    @Test("a program that can't be run is told in the stream", arguments: [(ENOENT, 127), (EACCES, 126)])
    func cannotRun(number: Int32, code: Int) async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        task.failExec(TaskFailure(step: "exec", errno: number, text: "exec"))
        let exec = try await fixture.execs.create(id, request("foo")).id
        let (near, far) = try UnixSocket.pair()
        await (try await fixture.execs.start(exec, ExecStartRequest())).run(HijackedConnection(descriptor: near))
        #expect(try await fixture.execs.inspect(exec).exitCode == code)
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = try bytes.withUnsafeMutableBytes { try far.read(into: $0) }
        #expect(bytes[0] == 1)
        let text = String(decoding: bytes[8..<count], as: UTF8.self)
        #expect(text.hasPrefix("OCI runtime exec failed: exec failed: unable to start container process: exec: \"foo\": "))
        #expect(text.hasSuffix("\r\n"))
        let second = try await fixture.execs.create(id, request("foo")).id
        _ = await failure(.invalidArgument) { try await fixture.execs.startDetached(second, ExecStartRequest()) }
    }

    @Test("the end of the container ends its execs") func containerEnds() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        let exec = try await fixture.execs.create(id, request("sh")).id
        try await fixture.execs.startDetached(exec, ExecStartRequest())
        task.exit(0)
        try await fixture.happened("exec_die", id)
        #expect(try await fixture.execs.inspect(exec).exitCode == 137)
        try await fixture.containers.remove(id)
        _ = await failure(.notFound) { _ = try await fixture.execs.inspect(exec) }
        #expect(try fixture.store.list(ExecRecord.self).isEmpty)
    }

    @Test("only so many ended execs are kept") func bounded() {
        let table = ExecTable()
        for number in 0..<(ExecTable.keptPerContainer + 10) {
            let exec = ExecRecord(id: "e\(number)", containerID: "c", request: ExecCreateRequest(), user: "", detachKeys: [])
            table.insert(exec)
            table.change(exec.id) { _ in .exited(code: 0, pid: 0) }
        }
        #expect(table.exec("e0") == nil)
        #expect(table.exec("e10") != nil)
        #expect(table.takeGone(of: "c").count == 10)
        #expect(table.takeGone(of: "c").isEmpty)
    }

    @Test("records survive their row") func coding() throws {
        var exec = ExecRecord(id: "a", containerID: "c", request: request("sh", "-c"), user: "u", detachKeys: [1, 2])
        for state in [.created, .starting, .running(pid: 4), .exited(code: 3, pid: 4)] as [ExecRecord.State] {
            exec.state = state
            #expect(try JSON.decode(ExecRecord.self, from: JSON.encode(exec)) == exec)
        }
    }
}
