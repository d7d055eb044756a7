// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon's end of the conversation, with a fake shim behind a real socket and a real process to die.

import Glibc
import Logging
import Testing
import WharfBlocking
import WharfJSON
import WharfLinux
import WharfOCI
import WharfShimProtocol
import WharfTestKit

@testable import WharfEngine

extension FakeCgroups: TaskCgroups {
    func destroy(_ path: String) throws { note(path) }
}

/// A client with everything around it, below a folder of its own.
private struct Rig {
    static let boot = "11111111-2222-3333-4444-555555555555"
    let folder: TemporaryDirectory
    let blocking = Blocking(ownThreads: 2)
    let reactor: ShimReactor
    let cgroups = FakeCgroups()
    let directories: ShimDirectories

    init() throws {
        folder = try TemporaryDirectory("tasks")
        reactor = try ShimReactor()
        directories = try ShimDirectories(execRoot: HostPath(folder.path))
    }

    var exitPath: HostPath { HostPath(folder.path("exit")) }

    /// A client, its fake shim and the process that stands for the shim's.
    func client(
        _ id: String, hello: Hello? = nil, silent: Bool = false, _ answer: @escaping @Sendable (ShimRequest) -> ShimReply?
    ) async throws -> (ShimClient, FakeShim, PidFD) {
        let process = try spawn(try HostPath("/bin/sleep").open(.read), arguments: ["sleep", "1000"], descriptors: [])
        let spec = RuntimeSpec(linux: .init(cgroupsPath: "/wharf/\(id)"))
        _ = try directories.makeBundle(of: id, config: JSON.encode(spec))
        let leftovers = ShimLeftovers(directories: directories, cgroups: cgroups, blocking: blocking, logger: Logger(label: "test"))
        let client = ShimClient(
            containerID: id, process: PidFD(process.pidfd), reactor: reactor, leftovers: leftovers, exitPath: exitPath)
        let (ours, theirs) = try UnixSocket.pair()
        let shim = try FakeShim(theirs, hello: silent ? nil : hello ?? Hello(containerID: id, bootID: Self.boot), answer: answer)
        do {
            try await client.connect(ours, bootID: Self.boot, deadline: silent ? .milliseconds(50) : .seconds(10))
        } catch {
            if !silent {
                try PidFD(process.pidfd).send(SIGKILL)
                await client.shutdown()
                throw error
            }
        }
        return (client, shim, PidFD(process.pidfd))
    }
}

@Suite struct ShimClientTests {
    @Test func requestsGoOutAndRepliesComeBack() async throws {
        let rig = try Rig()
        let (client, shim, _) = try await rig.client("abc") { request in
            switch request {
            case .create: .pid(4711)
            case .exec: .pid(4712)
            case .start: .failure(ShimFailure(step: "exec", errno: ENOENT, text: "exec: \"foo\": executable file not found in $PATH"))
            default: .done
            }
        }
        try await client.create(CreateRequest(), connections: [])
        #expect(client.pid == 4711)
        let failure = await #expect(throws: TaskFailure.self) { try await client.start() }
        #expect(failure?.step == "exec")
        #expect(failure?.errno == ENOENT)
        let (near, far) = try UnixSocket.pair()
        var attach = AttachRequest()
        attach.stdout = true
        try await client.attach(attach, far)
        #expect(shim.descriptors.count == 1)
        // The connection that arrived is ours.
        try UnixSocket.sendAll(Array("x".utf8), to: try #require(shim.descriptors.first))
        var byte: [UInt8] = [0]
        #expect(try byte.withUnsafeMutableBytes { buffer throws(SyscallError) in try near.read(into: buffer) } == 1)
        var exec = ExecTaskRequest(id: "e1", process: TaskProcess(arguments: ["ls"]))
        exec.process.user = "1000"
        #expect(try await client.exec(exec) == 4712)
        guard case .exec(let wire)? = shim.heard.last else { throw TestFailure("no exec arrived") }
        #expect(try JSON.decode(RuntimeSpec.Process.self, from: wire.process).user.username == "1000")
        await client.shutdown()
    }

    @Test func newsComesInOrderAndInitsEndOnce() async throws {
        let rig = try Rig()
        let (client, shim, _) = try await rig.client("abc") { _ in .done }
        let end = ExitRecord(exitCode: 3, exitedAt: Timestamp(seconds: 5))
        try shim.tell(.outOfMemory)
        try shim.tell(.exited(process: "e1", ExitRecord(exitCode: 1)))
        try shim.tell(.detached(process: "", token: 9))
        try shim.tell(.exited(process: "", end))
        try shim.tell(.exited(process: "", end))
        try shim.tell(.attachClosed(process: "", token: 1))
        var news: [TaskEvent] = []
        for await event in client.events {
            news.append(event)
            if news.count == 5 { break }
        }
        #expect(
            news == [
                .outOfMemory, .exited(process: "e1", ExitRecord(exitCode: 1)), .detached(process: nil, token: 9),
                .exited(process: nil, end),
                .attachClosed(process: nil, token: 1),
            ])
        await client.shutdown()
    }

    @Test func aSilentShimDelaysOnlyItself() async throws {
        let rig = try Rig()
        let (stopped, _, _) = try await rig.client("stopped", silent: true) { _ in nil }
        let (living, _, process) = try await rig.client("living") { _ in .done }
        let waits = Task { try await stopped.signal(15, process: nil) }
        // Each of these would wait for the silent one's deadline if it stood in its way.
        for _ in 0..<100 { try await living.signal(15, process: nil) }
        #expect(!waits.isCancelled)
        // Its end is not polite, and wakes who waits.
        await stopped.shutdown()
        await #expect(throws: TaskFailure.self) { try await waits.value }
        try process.send(SIGKILL)
        await living.shutdown()
    }

    @Test func aSilentShimCanBeKilled() async throws {
        let rig = try Rig()
        let (client, shim, process) = try await rig.client("abc") { _ in nil }
        try await client.signal(SIGKILL, process: nil)
        #expect(try process.waitForEnd(timeout: .seconds(10)))
        shim.hangUp()
        var news: [TaskEvent] = []
        for await event in client.events { news.append(event) }
        guard case .shimDied? = news.first, news.count == 1 else { throw TestFailure("news: \(news)") }
    }

    @Test func aWrongIntroductionIsRefused() async throws {
        let rig = try Rig()
        for hello in [Hello(containerID: "other", bootID: Rig.boot), Hello(containerID: "abc", bootID: "another boot")] {
            let failure = await #expect(throws: TaskFailure.self) { try await rig.client("abc", hello: hello) { _ in .done } }
            #expect(failure?.step == "hello")
        }
    }

    @Test func theShimsDeathIsToldOnceBehindTheCleanUp() async throws {
        let rig = try Rig()
        let (client, shim, process) = try await rig.client("abc") { request in if case .signal = request { nil } else { .done } }
        let request = Task { try await client.signal(15, process: nil) }
        try await eventually("the request arrives") { shim.heard.count == 1 }
        try process.send(SIGKILL)
        shim.hangUp()
        var news: [TaskEvent] = []
        for await event in client.events { news.append(event) }
        guard case .shimDied(let record)? = news.first, news.count == 1 else { throw TestFailure("news: \(news)") }
        #expect(record.exitCode == 137)
        #expect(record.error.contains("shim died"))
        #expect(rig.cgroups.destroyed == ["/wharf/abc"])
        #expect(try !rig.directories.bundle(of: "abc").exists())
        await #expect(throws: TaskFailure.self) { try await request.value }
        await #expect(throws: TaskFailure.self) { try await client.start() }
        // Acknowledging a dead one is harmless.
        await client.shutdown()
    }

    @Test func aRecordOnDiskIsTheTruthWhenTheShimDiedBehindIt() async throws {
        let rig = try Rig()
        let (client, shim, process) = try await rig.client("abc") { _ in .done }
        let record = ExitRecord(exitCode: 5, exitedAt: Timestamp(seconds: 77))
        try rig.exitPath.writeAtomically(record.fileBytes)
        try process.send(SIGKILL)
        shim.hangUp()
        var news: [TaskEvent] = []
        for await event in client.events { news.append(event) }
        #expect(news == [.exited(process: nil, record)])
    }

    @Test func whatWasSaidBeforeTheDeathIsHeard() async throws {
        let rig = try Rig()
        let (client, shim, process) = try await rig.client("abc") { _ in .done }
        let record = ExitRecord(exitCode: 4)
        try shim.tell(.exited(process: "", record))
        try process.send(SIGKILL)
        shim.hangUp()
        var news: [TaskEvent] = []
        for await event in client.events { news.append(event) }
        #expect(news == [.exited(process: nil, record)])
    }

    @Test func aPeerThatBreaksTheProtocolIsEnded() async throws {
        let rig = try Rig()
        let (ours, theirs) = try UnixSocket.pair()
        let process = try spawn(try HostPath("/bin/sleep").open(.read), arguments: ["sleep", "1000"], descriptors: [])
        let leftovers = ShimLeftovers(
            directories: rig.directories, cgroups: rig.cgroups, blocking: rig.blocking, logger: Logger(label: "test"))
        let client = ShimClient(
            containerID: "abc", process: PidFD(process.pidfd), reactor: rig.reactor, leftovers: leftovers, exitPath: rig.exitPath)
        try UnixSocket.sendAll([UInt8](repeating: 0xFF, count: 64), to: theirs)
        let failure = await #expect(throws: TaskFailure.self) { try await client.connect(ours, bootID: Rig.boot, deadline: .seconds(10)) }
        #expect(failure?.errno == EPROTO)
        // The process is of no use to anybody: it is killed, and that is the end.
        for await _ in client.events {}
        #expect(rig.cgroups.destroyed.isEmpty)
    }
}
