// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a shim owes a container that lives and a daemon that comes and goes: limits changed, orphans reaped, ends kept until
// they are acknowledged.

import Foundation
import Testing
import WharfLinux
import WharfLogs
import WharfShimProtocol
import WharfTestKit

@Suite(.enabled(if: ShimFixture.canRun), .serialized) struct ShimDutiesTests {
    private func expectDone(_ reply: ShimReply) {
        if case .done = reply { return }
        Issue.record("\(reply)")
    }

    private func exec(_ shim: ShimFixture, _ id: String, _ script: String) throws {
        var exec = ExecRequest()
        exec.id = id
        exec.process = Array(#"{"args":["/bin/sh","-c","\#(script)"],"cwd":"/","env":["PATH=/bin"],"user":{"uid":0,"gid":0}}"#.utf8)
        guard case .pid = try shim.daemon.ask(.exec(exec)) else { throw TestFailure("exec failed") }
    }

    private func execs(_ shim: ShimFixture) throws -> [String: Int32?] {
        guard case .state(let state) = try shim.daemon.ask(.state) else { throw TestFailure("no state") }
        return Dictionary(uniqueKeysWithValues: state.execs.map { ($0.id, $0.exit?.exitCode) })
    }

    @Test func limitsAreChangedWhileItRuns() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            _ = try shim.create(["/bin/sleep", "1000"])
            expectDone(try shim.daemon.ask(.start))
            expectDone(try shim.daemon.ask(.update(UpdateRequest(resources: Array(#"{"pids":{"limit":55}}"#.utf8)))))
            let file = HostPath("/sys/fs/cgroup/pids/wharf-test-\(shim.id)/pids.max")
            #expect(String(decoding: try file.read(limit: 32), as: UTF8.self) == "55\n")
            guard case .failure = try shim.daemon.ask(.update(UpdateRequest(resources: Array("{".utf8)))) else {
                throw TestFailure("half a document was taken")
            }
            expectDone(try shim.daemon.ask(.signal(SignalRequest(signal: SIGKILL))))
            _ = try shim.daemon.exit()
            guard case .failure(let failure) = try shim.daemon.ask(.update(UpdateRequest(resources: Array("{}".utf8)))) else {
                throw TestFailure("a container that has ended was changed")
            }
            #expect(failure.errno == EINVAL)
            _ = try shim.shutDown()
        }
    }

    @Test func anExecsEndIsKeptUntilItIsAcknowledged() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            _ = try shim.create(["/bin/sleep", "1000"])
            expectDone(try shim.daemon.ask(.start))
            try exec(shim, "e1", "exit 7")
            #expect(try shim.daemon.exit(of: "e1").exitCode == 7)
            // Told, but not written down: the next daemon is told again.
            try shim.reconnect()
            #expect(try execs(shim) == ["e1": 7])
            #expect(try execs(shim) == ["e1": 7])
            expectDone(try shim.daemon.ask(.acknowledge(process: "e1")))
            #expect(try execs(shim).isEmpty)
            expectDone(try shim.daemon.ask(.acknowledge(process: "nobody")))
            // One that still runs is not forgotten.
            try exec(shim, "e2", "sleep 500")
            expectDone(try shim.daemon.ask(.acknowledge(process: "e2")))
            #expect(try execs(shim) == ["e2": nil as Int32?])
            expectDone(try shim.daemon.ask(.signal(SignalRequest(signal: SIGKILL))))
            _ = try shim.daemon.exit()
            expectDone(try shim.daemon.ask(.acknowledge(process: "")))
            #expect(try shim.shutDown() == .exited(code: 0))
        }
    }

    @Test func anOlderDaemonIsToldOnce() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            _ = try shim.create(["/bin/sleep", "1000"])
            expectDone(try shim.daemon.ask(.start))
            try shim.reconnect(version: 1)
            try exec(shim, "e1", "exit 7")
            #expect(try shim.daemon.exit(of: "e1").exitCode == 7)
            #expect(try execs(shim).isEmpty)
            expectDone(try shim.daemon.ask(.signal(SignalRequest(signal: SIGKILL))))
            _ = try shim.daemon.exit()
            _ = try shim.shutDown()
        }
    }

    @Test func orphansAreReapedAndEndWithInit() async throws {
        try await onThread { () throws -> Void in
            let shim = try ShimFixture()
            // Two orphans: one ends by itself, one would outlive everybody.
            let script = "(sh -c 'exit 3' &); (sh -c 'echo $$; exec sleep 1000' &); exec sleep 1000"
            guard case .pid(let pid) = try shim.create(["/bin/sh", "-c", script], ownProcesses: false) else {
                throw TestFailure("create failed")
            }
            let follower = try LogFollower(path: shim.log)
            expectDone(try shim.daemon.ask(.start))
            var log = try LogReader(path: shim.log)
            var lines: [LogEntry] = []
            while lines.isEmpty {
                lines = try log.next()
                if lines.isEmpty, try follower.wait(milliseconds: 20_000) != .changed { throw TestFailure("the orphan said nothing") }
            }
            let orphan = Int32(String(decoding: lines[0].line, as: UTF8.self).filter { $0.isNumber }) ?? 0
            let children = HostPath("/proc/\(shim.processID)/task/\(shim.processID)/children")
            // Its parent is the shim, and no other is left: the one that ended was reaped.
            var list: Set<Int32> = []
            for _ in 0..<1000 where list != [pid, orphan] {
                // Each question is answered behind what the loop had to do before it.
                _ = try shim.daemon.ask(.state)
                list = Set(String(decoding: try children.read(limit: 4096), as: UTF8.self).split(separator: " ").compactMap { Int32($0) })
            }
            #expect(list == [pid, orphan])
            let process = try PidFD.open(orphan)
            expectDone(try shim.daemon.ask(.signal(SignalRequest(signal: SIGKILL))))
            #expect(try shim.daemon.exit().exitCode == 137)
            #expect(try process.waitForEnd(timeout: .seconds(10)))
            #expect(try shim.shutDown() == .exited(code: 0))
        }
    }
}
