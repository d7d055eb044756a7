// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A new daemon's first minute: shims that live are taken back with what they have to tell, the dead are cleaned up after.
// The fake shims live in this process, so nothing here may end one: its process would be ours.

import Glibc
import Logging
import Testing
import WharfBlocking
import WharfJSON
import WharfLinux
import WharfShimProtocol
import WharfTestKit

@testable import WharfEngine

@Suite struct ShimAdoptionTests {
    private static let boot = "11111111-2222-3333-4444-555555555555"
    private let folder: TemporaryDirectory
    private let service: ShimTaskService
    private let cgroups = FakeCgroups()

    init() throws {
        folder = try TemporaryDirectory("adopt")
        service = try ShimTaskService(
            execRoot: HostPath(folder.path), program: HostPath("/bin/true").open(.read), bootID: Self.boot, hasUnifiedCgroups: false,
            cgroups: cgroups, blocking: Blocking(ownThreads: 4), logger: Logger(label: "test"))
    }

    private func bundle(_ id: String) throws {
        let spec = try TaskSpec(containerID: id, process: TaskProcess(arguments: ["true"]))
            .runtimeSpec(on: TaskHost(hasUnifiedCgroups: false), exitPath: folder.path("exit"))
        _ = try service.directories.makeBundle(of: id, config: JSON.encode(spec))
    }

    private func listen(_ id: String) throws -> Descriptor {
        let listener = try UnixSocket.listen(in: service.directories.sockets, name: ShimSocketName.name(for: id))
        try listener.setNonBlocking(false)
        return listener
    }

    @Test func theDeadAreCleanedUpAfter() async throws {
        try bundle("dead")
        try listen("dead").close()
        try bundle("without-socket")
        try listen("stray").close()
        let tasks = await service.adopt()
        #expect(tasks.isEmpty)
        #expect(Set(cgroups.destroyed) == ["/wharf/dead", "/wharf/without-socket"])
        #expect(try service.directories.bundledIDs().isEmpty)
        #expect(try service.directories.socketNames().isEmpty)
    }

    @Test func theLivingTellWhatHappenedMeanwhile() async throws {
        let record = ExitRecord(exitCode: 5, exitedAt: Timestamp(seconds: 9))
        try bundle("abc")
        let listener = try listen("abc")
        try WorkerThread.start("fake-listener") {
            guard let socket = try? UnixSocket.accept(listener, nonBlocking: false) else { return }
            _ = try? FakeShim(socket, hello: Hello(containerID: "abc", bootID: Self.boot)) { request in
                guard case .state = request else { return .done }
                var state = TaskState()
                state.status = .stopped
                state.processID = 4711
                state.exit = record
                var exec = ExecState()
                exec.id = "e1"
                exec.exit = ExitRecord(exitCode: 1)
                state.execs = [exec]
                return .state(state)
            }
        }
        let task = try #require(await service.adopt().first)
        #expect(task.containerID == "abc")
        #expect(task.pid == 4711)
        var news: [TaskEvent] = []
        for await event in task.events {
            news.append(event)
            if news.count == 2 { break }
        }
        #expect(news == [.exited(process: "e1", ExitRecord(exitCode: 1)), .exited(process: nil, record)])
    }

    @Test func aStoppedShimIsTakenBackWithoutAnAnswer() async throws {
        try bundle("slow")
        // The kernel completes the connection; nobody accepts it.
        let listener = try listen("slow")
        let tasks = await service.adopt()
        #expect(tasks.map(\.containerID) == ["slow"])
        #expect(try service.directories.bundledIDs() == ["slow"])
        // Nobody waits for it a second time.
        let failure = await #expect(throws: TaskFailure.self) { try await tasks.first?.state() }
        #expect(failure?.errno == ETIMEDOUT)
        // Left open: its end would be the shim's, and the shim's process is this one.
        _ = listener.release()
    }
}
