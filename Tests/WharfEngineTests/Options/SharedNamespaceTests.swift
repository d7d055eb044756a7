// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `--pid container:X` and `--ipc container:X`: what is kept, and what is asked for again at each start.

import Testing
import WharfDockerAPI
import WharfError

@testable import WharfEngine

@Suite struct SharedNamespaceTests {
    @Test func theOtherIsKeptByIdAndJoinedByItsPresentProcess() async throws {
        let fixture = try EngineFixture()
        let (donor, task) = try await fixture.run("donor") { $1.ipcMode = "shareable" }
        let id = try await fixture.create {
            $1.pidMode = "container:donor"
            $1.ipcMode = "container:donor"
        }
        #expect(try await fixture.containers.inspect(id).hostConfig.pidMode == "container:\(donor)")
        try await fixture.containers.rename(donor, to: "renamed")
        try await fixture.containers.start(id)
        let spec = try #require(fixture.tasks.lastRequest?.spec)
        #expect(spec.pidNamespace == .path("/proc/\(task.pid)/ns/pid"))
        #expect(spec.ipcNamespace == .path("/proc/\(task.pid)/ns/ipc"))
        #expect(spec.sharedMemory == .joined(task.pid))
        // After the other was started again its process is another one.
        try await fixture.containers.kill(id, signal: "KILL")
        try await fixture.happened("die", id)
        try await fixture.containers.restart(donor, options: .init(timeoutSeconds: 0))
        try await fixture.containers.start(id)
        let process = try await fixture.containers.inspect(donor).state.pid
        #expect(process != Int(task.pid))
        #expect(fixture.tasks.lastRequest?.spec.pidNamespace == .path("/proc/\(process)/ns/pid"))
    }

    @Test func aMissingOneIsRefusedAtCreate() async throws {
        let fixture = try EngineFixture()
        for path in [\HostConfig.pidMode, \HostConfig.ipcMode] {
            let text = await failure(.invalidArgument) { _ = try await fixture.create { $1[keyPath: path] = "container:nobody" } }
            #expect(text == "No such container: nobody")
        }
    }

    @Test func aStoppedOneIsRefusedAtStart() async throws {
        let fixture = try EngineFixture()
        let donor = try await fixture.create("donor") { $1.ipcMode = "shareable" }
        let byPid = try await fixture.create { $1.pidMode = "container:donor" }
        let byIpc = try await fixture.create { $1.ipcMode = "container:donor" }
        #expect(
            await failure(.conflict) { try await fixture.containers.start(byPid) }
                == "failed to join PID namespace: container \(donor) is not running")
        #expect(
            await failure(.conflict) { try await fixture.containers.start(byIpc) }
                == "failed to join IPC namespace: container \(donor) is not running")
        try await fixture.containers.remove(donor)
        #expect(
            await failure(.invalidArgument) { try await fixture.containers.start(byPid) }
                == "failed to join PID namespace: No such container: \(donor)")
    }

    @Test func aPrivateOneDoesNotShare() async throws {
        let fixture = try EngineFixture()
        let (donor, _) = try await fixture.run("donor")
        let id = try await fixture.create { $1.ipcMode = "container:donor" }
        #expect(
            await failure(.invalidArgument) { try await fixture.containers.start(id) }
                == "failed to join IPC namespace: container \(donor): non-shareable IPC (hint: use IpcMode:shareable for the donor container)"
        )
    }

    @Test func unknownModes() async throws {
        let cases: [(String, WritableKeyPath<HostConfig, String>, String)] = [
            ("invalid PID mode: private", \.pidMode, "private"), ("invalid PID mode: container:", \.pidMode, "container:"),
            ("invalid IPC mode: mine", \.ipcMode, "mine"), ("invalid UTS mode: container:x", \.utsMode, "container:x"),
            ("invalid cgroup namespace mode: x", \.cgroupnsMode, "x"), ("invalid user namespace mode: private", \.usernsMode, "private"),
        ]
        let fixture = try EngineFixture()
        for (text, path, mode) in cases {
            #expect(await failure(.invalidArgument) { _ = try await fixture.create { $1[keyPath: path] = mode } } == text)
        }
    }
}
