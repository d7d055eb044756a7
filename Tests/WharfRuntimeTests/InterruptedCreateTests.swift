// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// kill -9 of the runtime while it makes a container: nothing of the container may go on. strace kills it at the entry of its
// n-th call of a kind, so each run ends at another step.

import Foundation
import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

@Suite("Interrupted create", .enabled(if: BundleFixture.canRun && FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
struct InterruptedCreateTests {
    /// The processes that stand in the control groups of the bundle, or below them.
    private func left(_ fixture: BundleFixture) throws -> Bool {
        for hierarchy in try HostPath("/sys/fs/cgroup").entries() {
            let group =
                HostPath("/sys/fs/cgroup") / hierarchy.name / Array(fixture.spec.linux.cgroupsPath.utf8.dropFirst()) / "cgroup.procs"
            // Not made yet.
            if let processes = try? group.read(limit: 4096), !processes.isEmpty { return true }
        }
        return false
    }

    @Test(
        "the first process ends with its maker",
        arguments: [
            ("clone3", [2, 3]), ("sendmsg", [1, 2, 3]), ("recvmsg", [1, 2, 3, 4]), ("openat", [10, 20, 30]), ("write", [1, 2, 5]),
            ("mkdirat", [1, 3]), ("close", [5, 15, 25]),
        ])
    func killed(call: String, times: [Int]) async throws {
        var fixture = try await BundleFixture()
        // Hooks and clocks of its own: every service of the maker is asked for.
        let hook = RuntimeSpec.Hook(path: "/bin/true")
        fixture.spec.hooks = .init(prestart: [hook], createRuntime: [hook], createContainer: [hook])
        fixture.spec.linux.namespaces += [.init("time"), .init("cgroup")]
        fixture.spec.process.args = ["sleep", "1000"]
        try (fixture.bundle / "config.json").writeAtomically(Bundle.encode(fixture.spec), durable: false)
        let program = try #require(BundleFixture.program)
        for (index, time) in times.enumerated() {
            let id = "k\(index)"
            let result = try await CommandLine.run(
                "/bin/sh",
                [
                    "-c",
                    "exec strace -o /dev/null -e trace=\(call) -e inject=\(call):signal=KILL:when=\(time) \(program) --root \(fixture.temporary.path("state")) create --bundle \(fixture.temporary.path) \(id) </dev/null >/dev/null 2>&1",
                ])
            // It may have come to its end before; then the container stands and is removed like any other.
            let wasKilled = result.exitCode == 137
            if wasKilled {
                let fixture = fixture
                try await eventually(within: .seconds(20), "the end of every process after \(call) \(time)") { try !left(fixture) }
            }
            let removal = try await CommandLine.run(program, ["--root", fixture.temporary.path("state"), "delete", "--force", id])
            #expect(removal.exitCode == 0, "\(call) \(time): \(removal)")
            #expect(try !left(fixture))
        }
    }
}
