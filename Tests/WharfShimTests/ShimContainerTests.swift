// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The shim with real containers, the test in the daemon's place. Needs root and the static build of the shim.

import Foundation
import Testing
import WharfLinux
import WharfLogs
import WharfShimProtocol
import WharfTestKit

@Suite(.enabled(if: ShimFixture.canRun), .serialized) struct ShimContainerTests {
    private func attach(
        stdin: Bool = false, process: String = "", token: UInt64 = 1, raw: Bool = false
    ) throws -> (
        AttachRequest, near: Descriptor, far: Descriptor
    ) {
        var request = AttachRequest()
        (request.stdin, request.stdout, request.stderr) = (stdin, true, true)
        (request.process, request.token, request.framing) = (process, token, raw ? .raw : .multiplexed)
        if raw { request.detachKeys = [16, 17] }
        let (near, far) = try UnixSocket.pair()
        return (request, near, far)
    }

    private func expectDone(_ reply: ShimReply) {
        if case .done = reply { return }
        Issue.record("\(reply)")
    }

    @Test func aContainerRunsIsLoggedAndItsExitKept() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            let (request, near, far) = try attach()
            guard case .pid(let pid) = try shim.create(["/bin/sh", "-c", "echo out; exit 3"], attach: [request], [far]) else {
                throw TestFailure("create failed")
            }
            far.close()
            #expect(shim.daemon.hello?.containerID == shim.id)
            #expect(try HostPath(shim.directory.path("s/sock")).status().permissions == 0o600)
            #expect(kill(pid, 0) == 0)
            expectDone(try shim.daemon.ask(.start))
            #expect(try near.readAll(limit: 100) == StreamFraming.frame(.stdout, Array("out\n".utf8)))
            let record = try shim.daemon.exit()
            #expect(record.exitCode == 3)
            #expect(try ExitRecord(fileBytes: HostPath(shim.exitFile).read(limit: 4096)) == record)
            var log = try LogReader(path: shim.log)
            #expect(try log.next().map(\.line) == [Array("out\n".utf8)])
            #expect(try shim.shutDown() == .exited(code: 0))
            #expect(try HostPath(shim.directory.path("s")).entries().isEmpty)
            #expect(try HostPath("/sys/fs/cgroup/pids/wharf-test-\(shim.id)").exists() == false)
        }
    }

    @Test func aMissingProgramIsTold() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            guard case .pid = try shim.create(["/bin/nothing"]) else { throw TestFailure("create failed") }
            guard case .failure(let failure) = try shim.daemon.ask(.start) else { throw TestFailure("start did not fail") }
            #expect(failure.step == "exec")
            #expect(failure.errno == ENOENT)
            #expect(try shim.daemon.exit().exitCode == 127)
            #expect(try shim.shutDown() == .exited(code: 0))
        }
    }

    @Test func aTerminalIsResizedAndDetached() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            let (request, near, far) = try attach(stdin: true, raw: true)
            _ = try shim.create(["/bin/sh"], terminal: true, stdin: true, attach: [request], [far])
            far.close()
            expectDone(try shim.daemon.ask(.start))
            try near.writeAll(Array("stty size\n".utf8))
            _ = try near.read(until: "33 77")
            expectDone(try shim.daemon.ask(.resize(ResizeRequest(rows: 40, columns: 100))))
            try near.writeAll(Array("stty size\n".utf8))
            _ = try near.read(until: "40 100")
            try near.writeAll([16])
            try near.writeAll([17])
            try shim.daemon.event { event in if case .detached("", 1) = event { true } else { nil } }
            let (again, second, other) = try attach(stdin: true, token: 2, raw: true)
            expectDone(try shim.daemon.ask(.attach(again), [other]))
            other.close()
            try second.writeAll(Array("exit 4\n".utf8))
            #expect(try shim.daemon.exit().exitCode == 4)
            _ = try shim.shutDown()
        }
    }

    @Test func execsRunBesideInitAndEndBeforeIt() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            _ = try shim.create(["/bin/sleep", "1000"])
            expectDone(try shim.daemon.ask(.start))
            let (request, near, far) = try attach(stdin: true, process: "e1")
            var exec = ExecRequest()
            exec.id = "e1"
            exec.process = Array(#"{"args":["/bin/sh","-c","cat; exit 9"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0}}"#.utf8)
            (exec.openStdin, exec.attaches) = (true, [request])
            guard case .pid = try shim.daemon.ask(.exec(exec), [far]) else { throw TestFailure("exec failed") }
            far.close()
            try near.writeAll(Array("typed".utf8))
            try UnixSocket.shutdownWriting(near)
            #expect(try near.readAll(limit: 100) == StreamFraming.frame(.stdout, Array("typed".utf8)))
            #expect(try shim.daemon.exit(of: "e1").exitCode == 9)
            (exec.id, exec.attaches, exec.openStdin) = ("e2", [], false)
            exec.process = Array(#"{"args":["/bin/sleep","500"],"cwd":"/","env":[],"user":{"uid":0,"gid":0}}"#.utf8)
            guard case .pid = try shim.daemon.ask(.exec(exec)) else { throw TestFailure("exec failed") }
            expectDone(try shim.daemon.ask(.signal(SignalRequest(signal: SIGKILL))))
            let record = try shim.daemon.exit()
            #expect(record.exitCode == 137 && record.signal == SIGKILL)
            #expect(shim.daemon.events.contains { if case .exited("e2", _) = $0 { true } else { false } })
            _ = try shim.shutDown()
        }
    }

    @Test func theDaemonMayGoAndCome() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            let script = "read x; i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; exit 7"
            let (request, near, far) = try attach(stdin: true)
            _ = try shim.create(["/bin/sh", "-c", script], stdin: true, attach: [request], [far])
            far.close()
            expectDone(try shim.daemon.ask(.start))
            // The daemon's end is gone while everything is still to come; the client's too.
            shim.daemon.socket.close()
            try near.writeAll([10])
            near.close()
            let follower = try LogFollower(path: shim.exitFile)
            while try !HostPath(shim.exitFile).exists() {
                guard try follower.wait(milliseconds: 30_000) == .changed else { throw TestFailure("no exit record") }
            }
            try shim.reconnect()
            guard case .state(let state) = try shim.daemon.ask(.state) else { throw TestFailure("no state") }
            #expect(state.status == .stopped)
            #expect(state.exit?.exitCode == 7)
            guard case .exit(let record) = try shim.daemon.ask(.wait(process: "")) else { throw TestFailure("no exit") }
            #expect(record == state.exit)
            var log = try LogReader(path: shim.log)
            let lines = try log.next(limit: 30_000).map { String(decoding: $0.line, as: UTF8.self) }
            #expect(lines == (0..<20_000).map { "line \($0)\n" })
            #expect(try shim.shutDown() == .exited(code: 0))
        }
    }

    @Test func aStrangerIsNotHeard() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            _ = try shim.create(["/bin/sleep", "1000"])
            let first = shim.daemon
            let other = try ShimDaemon(
                UnixSocket.connect(in: HostPath(shim.directory.path("s")).openDirectory(), name: "sock"), containerID: "another")
            #expect(throws: (any Error).self) { try other.ask(.state) }
            guard case .state(let state) = try first.ask(.state) else { throw TestFailure("no state") }
            #expect(state.status == .created)
            expectDone(try first.ask(.signal(SignalRequest(signal: SIGKILL))))
            #expect(try first.exit().exitCode == 137)
            _ = try shim.shutDown()
        }
    }
}
