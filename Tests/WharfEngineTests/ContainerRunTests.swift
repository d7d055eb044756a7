// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The verbs on a container that runs, and what they answer on one that does not.

import Glibc
import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfShimProtocol

@testable import WharfEngine

@Suite("start, stop, kill, wait, remove", .timeLimit(.minutes(1))) struct ContainerRunTests {
    @Test("a run from create to exit") func wholeRun() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run("web")
        var inspect = try await fixture.containers.inspect(id)
        #expect(inspect.state.running && inspect.state.pid == Int(task.pid) && inspect.state.status == "running")
        task.exit(3)
        #expect(try await fixture.containers.wait(id).value().statusCode == 3)
        inspect = try await fixture.containers.inspect(id)
        #expect(inspect.state.status == "exited" && inspect.state.exitCode == 3 && inspect.state.pid == 0)
        #expect(inspect.state.finishedAt > inspect.state.startedAt)
        try await fixture.happened("die", id)
        #expect(try await fixture.actions(of: id) == ["create", "start", "die"])
        #expect(try await fixture.news(of: id).last?.attributes["exitCode"] == "3")
        #expect(task.shutdowns == 1)
    }

    @Test("what the task is told") func taskSpec() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run { config, host in
            config.tty = true
            config.user = "1:2"
            config.workingDirectory = "/w/../w"
            host.resources.memory = 64 << 20
            host.resources.pidsLimit = 9
            host.readonlyRootfs = true
            host.logConfig.config = ["max-size": "10k", "max-file": "3"]
        }
        let request = try #require(fixture.tasks.lastRequest)
        #expect(request.spec.process.arguments == ["sleep", "9"])
        #expect(request.spec.process.workingDirectory == "/w")
        #expect(request.spec.process.user == "1:2")
        #expect(request.spec.process.environment.contains("TERM=xterm"))
        #expect(request.spec.resources.memory == 64 << 20 && request.spec.resources.memorySwap == 128 << 20)
        #expect(request.spec.resources.pids == 9)
        #expect(request.spec.readOnlyRoot)
        #expect(request.log.maxSize == 10240 && request.log.maxFiles == 3)
        #expect(request.exitPath == fixture.containers.directory.exit(id).description)
        let hostname = try HostPath(request.spec.hostnamePath).read(limit: 100)
        #expect(String(decoding: hostname, as: UTF8.self) == "\(id.prefix(12))\n")
    }

    @Test("starting twice is not modified, also at the same time") func startTwice() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run()
        _ = await failure(.notModified) { try await fixture.containers.start(id) }
        let other = try await fixture.create()
        let started = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 { group.addTask { (try? await fixture.containers.start(other)) != nil } }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(started == 1)
    }

    @Test(
        "a program that can't be run",
        arguments: [
            (ENOENT, "foo", 127, "exec: \"foo\": executable file not found in $PATH"),
            (ENOENT, "/bin/foo", 127, "exec: \"/bin/foo\": stat /bin/foo: no such file or directory"),
            (EACCES, "/etc/passwd", 126, "exec: \"/etc/passwd\": permission denied"),
            (EISDIR, "/etc", 126, "exec: \"/etc\": is a directory: permission denied"),
        ] as [(Int32, String, Int, String)])
    func cannotRun(number: Int32, program: String, code: Int, text: String) async throws {
        let fixture = try EngineFixture()
        fixture.tasks.failStart(TaskFailure(step: "exec", errno: number, text: "exec \(program)"))
        let id = try await fixture.create { config, _ in config.cmd = [program] }
        let said = await failure(.invalidArgument) { try await fixture.containers.start(id) }
        #expect(
            said == "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: "
                + "unable to start container process: \(text): unknown")
        let state = try await fixture.containers.inspect(id).state
        #expect(state.status == "created" && state.exitCode == code && state.error == said)
        #expect(fixture.tasks.task(id)?.shutdowns == 1)
        // Once the reason is gone it can start.
        fixture.tasks.failStart(nil)
        try await fixture.containers.start(id)
        #expect(try await fixture.containers.inspect(id).state.error.isEmpty)
    }

    @Test("with --rm a failed start removes it") func failedStartRemoves() async throws {
        let fixture = try EngineFixture()
        fixture.tasks.failCreate(TaskFailure(step: "exec", errno: ENOENT, text: "x"))
        let id = try await fixture.create { $1.autoRemove = true }
        let removed = try fixture.containers.wait(id, condition: .removed)
        _ = await failure(.invalidArgument) { try await fixture.containers.start(id) }
        #expect(try await removed.value().statusCode == 127)
        _ = await failure(.notFound) { _ = try await fixture.containers.inspect(id) }
        #expect(try await fixture.images.roots().isEmpty)
    }

    @Test("with --rm the exit removes it") func autoRemove() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create("web") { $1.autoRemove = true }
        let removed = try fixture.containers.wait(id, condition: .removed)
        let exited = try fixture.containers.wait(id, condition: .nextExit)
        try await fixture.containers.start(id)
        fixture.tasks.task(id)?.exit(5)
        #expect(try await exited.value().statusCode == 5)
        #expect(try await removed.value().statusCode == 5)
        #expect(try await fixture.actions(of: id) == ["create", "start", "die", "destroy"])
        #expect(try fixture.containers.directory.ids().isEmpty)
        _ = try await fixture.create("web")
    }

    @Test("wait: not-running answers at once, next-exit waits for the run to come") func waitConditions() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create()
        #expect(try await fixture.containers.wait(id).value().statusCode == 0)
        let next = try fixture.containers.wait(id, condition: .nextExit)
        try await fixture.containers.start(id)
        fixture.tasks.task(id)?.exit(7)
        #expect(try await next.value().statusCode == 7)
        #expect(try await fixture.containers.wait(id).value().statusCode == 7)
        #expect(fixture.containers.table.waiterCount(id) == 0)
    }

    @Test("a wait that is given up leaves nothing behind") func abandonedWait() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run()
        let waiting = Task { try await fixture.containers.wait(id).value() }
        waiting.cancel()
        _ = await waiting.result
        #expect(fixture.containers.table.waiterCount(id) == 0)
    }

    @Test("stop sends the stop signal, then kills") func stops() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        try await fixture.containers.stop(id)
        #expect(task.signals == [SIGTERM])
        #expect(try await fixture.actions(of: id) == ["create", "start", "kill", "die", "stop"])
        #expect(try await fixture.containers.inspect(id).state.exitCode == 143)
        _ = await failure(.notModified) { try await fixture.containers.stop(id) }

        fixture.tasks.ignoreTerm()
        let (stubborn, second) = try await fixture.run()
        try await fixture.containers.stop(stubborn, options: .init(timeoutSeconds: 0))
        #expect(second.signals == [SIGTERM, SIGKILL])
        #expect(try await fixture.containers.inspect(stubborn).state.exitCode == 137)
    }

    @Test("kill: texts and signals") func kills() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run("web")
        try await fixture.containers.kill("web", signal: "SIGUSR1")
        #expect(task.signals == [SIGUSR1])
        #expect(await failure(.invalidArgument) { try await fixture.containers.kill("web", signal: "odd") } == "invalid signal: odd")
        try await fixture.containers.kill("web")
        #expect(try await fixture.containers.inspect(id).state.exitCode == 137)
        let text = await failure(.conflict) { try await fixture.containers.kill("web") }
        #expect(text == "cannot kill container: web: container \(id) is not running")
    }

    @Test("signals by name and number") func signalNames() throws {
        for (text, number) in [("TERM", 15), ("SIGTERM", 15), ("sigkill", 9), ("2", 2), ("RTMIN+3", 37), ("SIGRTMAX", 64)]
            as [(String, Int32)]
        {
            #expect(try SignalName.parse(text) == number)
        }
        for text in ["", "0", "-1", "65", "SIG", "NOPE", "RTMIN+99"] { #expect(throws: WharfError.self) { try SignalName.parse(text) } }
    }

    @Test("a start that hangs is called off by a stop") func stopCancelsStart() async throws {
        let fixture = try EngineFixture()
        fixture.tasks.hang(true)
        let id = try await fixture.create()
        let starting = Task { try await fixture.containers.start(id) }
        // The key is held once the start has begun; kill and inspect do not wait for it.
        while !fixture.containers.runs.cancelStart(id) { await Task.yield() }
        await #expect(throws: (any Error).self) { try await starting.value }
        #expect(try await fixture.containers.inspect(id).state.status == "created")
        fixture.tasks.hang(false)
        try await fixture.containers.start(id)
    }

    @Test("removing") func removes() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run("web")
        let text = await failure(.conflict) { try await fixture.containers.remove("web") }
        #expect(
            text
                == "cannot remove container \"/web\": container is running: stop the container before removing or force remove")
        try await fixture.containers.remove("web", options: .init(force: true))
        _ = await failure(.notFound) { try await fixture.containers.remove(id) }
        #expect(try await fixture.actions(of: id) == ["create", "start", "kill", "die", "destroy"])
        #expect(try fixture.store.list(ContainerRecord.self).isEmpty)
    }

    @Test("a removal that fails leaves a dead container, which another removal takes away") func dead() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create("web")
        fixture.images.failRemove(WharfError(.internal, "busy"))
        _ = await failure(.internal) { try await fixture.containers.remove("web") }
        #expect(try await fixture.containers.inspect(id).state.dead)
        _ = await failure(.conflict) { try await fixture.containers.start(id) }
        fixture.images.failRemove(nil)
        try await fixture.containers.remove("web")
        #expect(try await fixture.containers.list(.init(all: true)).isEmpty)
    }

    @Test("a shim that dies ends the container with 137 and says so") func shimDeath() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        task.die()
        #expect(try await fixture.containers.wait(id).value().statusCode == 137)
        let state = try await fixture.containers.inspect(id).state
        #expect(state.status == "exited" && state.exitCode == 137 && state.error.contains("shim died"))
        try await fixture.happened("die", id)
        #expect(try await fixture.actions(of: id).count { $0 == "die" } == 1)
    }

    @Test("a shim that dies behind its exit record keeps the right code") func shimDeathWithRecord() async throws {
        let fixture = try EngineFixture()
        let (id, task) = try await fixture.run()
        let written = ExitRecord(exitCode: 4, exitedAt: Timestamp(seconds: 1_900_000_000))
        try fixture.containers.directory.exit(id).writeAtomically(written.fileBytes)
        task.die()
        #expect(try await fixture.containers.wait(id).value().statusCode == 4)
        #expect(try await fixture.containers.inspect(id).state.finishedAt == written.exitedAt)
    }

    @Test("pause, unpause, and what is refused meanwhile") func pauses() async throws {
        let fixture = try EngineFixture()
        let (id, _) = try await fixture.run()
        try await fixture.containers.pause(id)
        #expect(try await fixture.containers.inspect(id).state.status == "paused")
        #expect(await failure(.conflict) { try await fixture.containers.pause(id) } == "container \(id) is already paused")
        _ = await failure(.conflict) { try await fixture.containers.start(id) }
        _ = await failure(.conflict) { _ = try await fixture.containers.attach(id, options: .init()) }
        try await fixture.containers.stop(id)
        #expect(try await fixture.containers.inspect(id).state.status == "exited")
    }

    @Test("restart") func restarts() async throws {
        let fixture = try EngineFixture()
        let (id, first) = try await fixture.run { $1.autoRemove = true }
        try await fixture.containers.restart(id)
        #expect(first.shutdowns == 1)
        #expect(try await fixture.containers.inspect(id).state.running)
        #expect(fixture.tasks.task(id) !== first)
    }

    @Test("rename") func renames() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create("web")
        _ = try await fixture.create("other")
        _ = await failure(.conflict) { try await fixture.containers.rename("web", to: "other") }
        try await fixture.containers.rename("web", to: "new")
        #expect(try await fixture.containers.inspect("new").id == id)
        _ = try await fixture.create("web")
        #expect(try fixture.store.get(ContainerRecord.self, name: "new")?.record.id == id)
    }

    @Test("an attach before the start travels with the create") func attachBeforeStart() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create { config, _ in config.openStdin = true }
        var options = ContainerAttachOptions()
        (options.stdin, options.stdout, options.stderr, options.stream) = (true, true, true, true)
        let (near, far) = try UnixSocket.pair()
        try await fixture.containers.attach(id, options: options).run(HijackedConnection(descriptor: near, initialBytes: [65]))
        try await fixture.containers.start(id)
        let request = try #require(fixture.tasks.lastRequest?.attaches.first?.request)
        #expect(request.stdin && request.stdout && request.stderr && request.framing == .multiplexed && request.initialBytes == [65])
        let (later, laterFar) = try UnixSocket.pair()
        try await fixture.containers.attach(id, options: options).run(HijackedConnection(descriptor: later))
        #expect(fixture.tasks.task(id)?.attaches.count == 1)
        withExtendedLifetime((far, laterFar)) {}
    }

    @Test("clients that hang up while they wait don't pile up") func droppedAttaches() throws {
        let pending = PendingAttaches()
        for _ in 0..<100 {
            let (near, far) = try UnixSocket.pair()
            // Not close: a process that another test is just starting may hold a copy of the far end for a moment.
            #expect(shutdown(far.raw, Int32(SHUT_RDWR)) == 0)
            pending.add(TaskAttach(AttachRequest(), near), to: "c")
        }
        #expect(pending.count("c") <= 1)
    }

    @Test("detach keys") func detachKeys() throws {
        #expect(try DetachKeys.parse("") == [16, 17])
        #expect(try DetachKeys.parse("ctrl-a,x,ctrl-[") == [1, 0x78, 0x1B])
        for text in ["ctrl-", "ab", "ctrl-A", ","] { #expect(throws: WharfError.self) { try DetachKeys.parse(text) } }
    }
}
