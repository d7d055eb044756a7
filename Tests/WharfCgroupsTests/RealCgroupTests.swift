// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The host's own control groups: real processes are put in, frozen, counted, killed, and the groups go away.

import Glibc
import Testing
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Real groups", .enabled(if: geteuid() == 0))
struct RealCgroupTests {
    /// A manager of a fresh name, and its clean-up.
    private func withGroup(_ body: (any CgroupManager) throws -> Void) throws {
        let hierarchies = try CgroupHierarchies.current()
        guard hierarchies.version != .none else { return }
        let parent = "/wharf-test-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
        let manager = try Cgroups.manager(path: "\(parent)/c", hierarchies: hierarchies)
        try manager.create()
        defer {
            // The test has said what it had to say; what is left is removed as far as it goes.
            try? manager.killAll(timeout: .seconds(10))
            try? manager.delete(timeout: .seconds(10))
            for directory in manager.directories { try? directory.path.parent.rmdir() }
        }
        try body(manager)
    }

    private func start(_ script: String, input: Descriptor? = nil, output: Descriptor? = nil) throws -> SpawnedProcess {
        let null = try HostPath("/dev/null").open(.readWrite)
        return try spawn(
            try HostPath("/bin/sh").open(.handle), arguments: ["sh", "-c", script], descriptors: [input ?? null, output ?? null, null])
    }

    @Test("kill takes everything, also what is frozen, and delete leaves nothing")
    func kill() throws {
        try withGroup { manager in
            // They fork once they are inside: what they make belongs to the group, too.
            let (gate, input) = try UnixSocket.pair()
            let processes = try (0..<3).map { _ in try start("read go; sleep 1000 & wait", input: input) }
            for process in processes { try manager.add(process.pid) }
            try gate.writeAll(Array("go\ngo\ngo\n".utf8))
            #expect(Set(try manager.processes()).isSuperset(of: processes.map(\.pid)))
            try manager.freeze(timeout: .seconds(10))
            try manager.killAll(timeout: .seconds(10))
            for process in processes { #expect(try PidFD(process.pidfd).wait() == .signaled(signal: SIGKILL)) }
            #expect(try manager.processes().isEmpty)
            try manager.delete(timeout: .seconds(10))
            for directory in manager.directories { #expect(try !directory.path.exists()) }
            // Gone already: nothing to do, no error.
            try manager.killAll(timeout: .seconds(1))
            try manager.delete(timeout: .seconds(1))
        }
    }

    @Test("a frozen process goes on when it is thawed")
    func thaw() throws {
        try withGroup { manager in
            // With a handler, because version 2 lets a signal that is fatal through to a frozen process.
            let (ours, theirs) = try UnixSocket.pair()
            let process = try start("trap 'exit 7' TERM; echo; while :; do read line; done", input: theirs, output: theirs)
            var line: UInt8 = 0
            _ = try withUnsafeMutableBytes(of: &line) { try ours.read(into: $0) }
            try manager.add(process.pid)
            try manager.freeze(timeout: .seconds(10))
            try PidFD(process.pidfd).send(SIGTERM)
            #expect(try PidFD(process.pidfd).waitNow() == nil)
            try manager.thaw()
            #expect(try PidFD(process.pidfd).wait() == .exited(code: 7))
        }
    }

    @Test("a limit on memory kills, and the watch tells")
    func memory() throws {
        try withGroup { manager in
            let warnings = try manager.apply(.init(memory: .init(limit: 8 << 20, swap: 8 << 20), pids: .init(limit: 30)))
            guard let watch = try manager.watchOOM(),
                !warnings.contains(where: { $0.contains("memory.max") || $0.contains("memory.limit") })
            else { return }
            #expect(watch.killCount() == 0)
            let (ours, theirs) = try UnixSocket.pair()
            let process = try spawn(
                try HostPath("/bin/sh").open(.handle), arguments: ["sh", "-c", "read go; x=$(yes | head -c 60000000)"],
                environment: ["PATH=/usr/bin:/bin"], descriptors: [theirs, theirs, theirs])
            theirs.close()
            try manager.add(process.pid)
            try ours.writeAll(Array("go\n".utf8))
            #expect(try watch.descriptor.waitReadable(timeout: .seconds(30)))
            watch.drain()
            _ = try PidFD(process.pidfd).waitForEnd(timeout: .seconds(30))
            #expect(watch.killCount() > 0)
            try PidFD(process.pidfd).send(SIGKILL)
            _ = try PidFD(process.pidfd).wait()
        }
    }
}
