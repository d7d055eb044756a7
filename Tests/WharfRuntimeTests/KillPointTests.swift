// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// kill -9 of the runtime at its system calls, one after the other: whatever it had made by then, delete takes it away.
//
// strace gives the places: the calls of an undisturbed run, and then the same run killed at the n-th of them. Only the
// runtime itself is traced, so the container's first process lives on if it can.

import Glibc
import Testing
import WharfLinux
import WharfTestKit

@Suite(
    "Kill points", .serialized,
    .enabled(if: BundleFixture.canRun && CommandFixture.canTrace, "needs root, the static build and strace"))
struct KillPointTests {
    /// A system call by name, and which of its kind.
    private struct Point: CustomStringConvertible {
        let call: String
        let occurrence: Int
        var description: String { "\(call) #\(occurrence)" }
        /// strace with the kill at this point.
        var tracer: [String] {
            ["strace", "-o", "/dev/null", "-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL:when=\(occurrence)"]
        }
    }

    /// The calls of one run: all that change something, and every few of the others.
    private func points(_ fixture: CommandFixture, _ arguments: [String]) async throws -> [Point] {
        let trace = fixture.bundle.temporary.path("trace")
        let program = try #require(BundleFixture.program)
        let command = (["strace", "-o", trace, program, "--root", fixture.root] + arguments).joined(separator: " ")
        try await CommandLine.run("/bin/sh", ["-c", "\(command) >/dev/null 2>&1 </dev/null"]).expecting(0)
        var seen: [String: Int] = [:]
        var points: [Point] = []
        let changing: Set<String> = [
            "mkdirat", "bind", "renameat2", "unlinkat", "socketpair", "clone3", "sendmsg", "recvmsg", "fsmount", "flock", "connect",
            "sendto",
        ]
        let lines = String(decoding: try HostPath(trace).read(limit: 8 << 20), as: UTF8.self).split(separator: "\n")
        for (index, line) in lines.enumerated() {
            let call = String(line.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
            if call.isEmpty || !line.contains("(") || ["execve", "exit_group", "exit"].contains(call) { continue }
            seen[call, default: 0] += 1
            if changing.contains(call) || index % 11 == 0 { points.append(Point(call: call, occurrence: seen[call, default: 1])) }
        }
        return points
    }

    /// Deletes and looks.
    private func expectGone(_ fixture: CommandFixture, _ point: Point, force: Bool) async throws {
        let deleted = force ? try await fixture.call("delete", "--force", fixture.id) : try await fixture.call("delete", fixture.id)
        let wasMade = !deleted.err.contains("container does not exist")
        #expect(deleted.exitCode == 0 || !wasMade, "killed at \(point): \(deleted)")
        try await eventually("nothing is left of a kill at \(point)") { try fixture.leftovers().isEmpty }
    }

    @Test("create")
    func create() async throws {
        try await CommandFixture.with { fixture in
            let arguments = ["create", "--bundle", fixture.bundle.temporary.path, fixture.id]
            let points = try await points(fixture, arguments)
            try await fixture.call("delete", fixture.id).expecting(0)
            #expect(points.count > 30)
            var killed = 0
            for point in points {
                let result = try await fixture.call("create", "--bundle", fixture.bundle.temporary.path, fixture.id, under: point.tracer)
                if result.exitCode == 137 { killed += 1 }
                try await expectGone(fixture, point, force: false)
            }
            // A point can be missed: how often some calls are made depends on the machine's state.
            #expect(killed > points.count * 3 / 4)
        }
    }

    @Test("start: killed there, the container is created, running or stopped, and can be deleted")
    func start() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            let points = try await points(fixture, ["start", fixture.id])
            try await fixture.call("delete", "--force", fixture.id).expecting(0)
            #expect(points.count > 3)
            for point in points {
                try await fixture.create()
                try await fixture.call("start", fixture.id, under: point.tracer)
                #expect(["created", "running", "stopped"].contains(try await fixture.status()), "killed at \(point)")
                try await expectGone(fixture, point, force: true)
            }
        }
    }
}
