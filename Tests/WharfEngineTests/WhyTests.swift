// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why containers end: one explanation for each exit, in words; and what the reconciler puts right.

import Synchronization
import Testing
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfShimProtocol

@testable import WharfEngine

@Suite("why", .timeLimit(.minutes(1))) struct WhyTests {
    private func explained(_ fixture: EngineFixture, _ id: String) async throws -> ContainerExitExplanation {
        try #require(try await fixture.containers.why(id).first)
    }

    @Test("by itself, with the end of its log") func itself() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run("web")
        let lines = (0..<30).map { #"{"log":"line \#($0)\n","stream":"stdout","time":"2026-01-02T03:04:05Z"}"# + "\n" }.joined()
        try fixture.containers.directory.log(id).open([.write, .append, .create], permissions: 0o600).writeAll(Array(lines.utf8))
        task.exit(4)
        try await fixture.happened("die", id)
        let why = try await explained(fixture, id)
        #expect(why.reason == "it exited by itself with code 4" && why.exitCode == 4 && why.signal == 0 && why.sender == nil)
        #expect(why.lines == (10..<30).map { "line \($0)" })
        #expect(why.name == "web" && why.image == "busybox" && why.finishedAt > .zero)
    }

    @Test("by a stop; the next run is not blamed for it") func stopped() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run("web")
        try await fixture.containers.stop(id)
        let why = try await explained(fixture, id)
        #expect(why.reason == "SIGTERM ended it, sent by stop" && why.signal == 15 && why.sender?.verb == "stop")
        try await fixture.containers.start(id)
        try #require(fixture.tasks.task(id)).exit(0)
        try await fixture.happened("die", id, times: 2)
        let all = try await fixture.containers.why(id)
        #expect(all.count == 2 && all[0].reason == "it exited by itself with code 0" && all[1] == why)
    }

    @Test("for want of memory, by a signal of others, by a failed start") func others() async throws {
        let fixture = try EngineFixture()
        let hungry = try await fixture.run { $1.resources.memory = 20 << 20 }
        var record = ExitRecord(exitCode: 137, signal: 9, exitedAt: .now(), oomKilled: true)
        (record.memoryPeak, record.memoryLimit) = (20 << 20, 20 << 20)
        hungry.task.tell(.exited(process: nil, record))
        try await fixture.happened("die", hungry.id)
        let memory = try await explained(fixture, hungry.id)
        #expect(memory.outOfMemory == .init(peak: 20 << 20, limit: 20 << 20))
        #expect(memory.reason == "the kernel killed for want of memory: 20971520 bytes used at most, 20971520 allowed")
        let crashed = try await fixture.run()
        crashed.task.exit(139)
        try await fixture.happened("die", crashed.id)
        #expect(try await explained(fixture, crashed.id).reason == "SIGSEGV ended it; it was not sent through the daemon")
        let broken = try await fixture.create()
        fixture.tasks.failCreate(TaskFailure(step: "exec", errno: 2, text: "no such file or directory"))
        _ = await failure(.invalidArgument) { try await fixture.containers.start(broken) }
        #expect(try await explained(fixture, broken).reason.hasPrefix("it could not be started: "))
    }

    @Test("a failed --rm container can be asked about when it is gone; a good one leaves nothing") func removed() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run("gone") { $1.autoRemove = true }
        task.exit(3)
        try await fixture.happened("destroy", id)
        #expect(try await fixture.containers.why("gone").first?.exitCode == 3)
        #expect(try await fixture.containers.why(String(id.prefix(12))).first?.exitCode == 3)
        let good = try await fixture.run("good") { $1.autoRemove = true }
        good.task.exit(0)
        try await fixture.happened("destroy", good.id)
        _ = await failure(.notFound) { _ = try await fixture.containers.why("good") }
    }

    @Test("what has not ended has no explanation") func running() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.run().id
        #expect(try await fixture.containers.why(id).isEmpty)
    }
}

@Suite("the reconciler", .timeLimit(.minutes(1))) struct ReconcileTests {
    @Test("removes what nobody owns and leaves everything else") func strays() async throws {
        let fixture = try EngineFixture()
        let (kept, _) = try await fixture.run()
        let stray = ContainerID.make()
        fixture.images.addRoot(stray)
        try fixture.containers.directory.make(stray)
        fixture.tasks.tables.withLock { $0.leftovers = [kept, stray] }
        let report = await fixture.containers.reconcile()
        #expect(report.leftovers == 3)
        #expect(try await fixture.images.roots() == [kept])
        #expect(try fixture.containers.directory.ids() == [kept])
        #expect(await fixture.tasks.leftovers() == [kept])
        #expect(await fixture.containers.reconcile() == ReconcileReport())
    }

    @Test("finishes a removal that had failed") func dead() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create()
        fixture.images.failRemove(WharfError(.internal, "busy"))
        _ = await failure(.internal) { try await fixture.containers.remove(id) }
        #expect(await fixture.containers.reconcile().removed == 0)
        fixture.images.failRemove(nil)
        #expect(await fixture.containers.reconcile().removed == 1)
        #expect(try await fixture.containers.list(.init(all: true)).isEmpty)
    }
}
