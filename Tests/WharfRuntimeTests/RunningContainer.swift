// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container that stands while a test looks at it: made by create, started by start, entered by exec, gone with delete.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

/// A created or running container of a fixture's bundle.
struct RunningContainer {
    let fixture: BundleFixture
    private let name = "r1"

    /// Makes it; the program waits for `start`. What it prints goes to the fixture's file `output`. `before` is shell text
    /// that runs in front of the command, such as a redirection of its own.
    init(_ fixture: BundleFixture, options: [String] = [], before: String = "") async throws {
        self.fixture = fixture
        try (fixture.bundle / "config.json").writeAtomically(Bundle.encode(fixture.spec), durable: false)
        let command = ([try program, "--root", root, "create", "--bundle", fixture.temporary.path] + options + [name]).joined(
            separator: " ")
        // Not the test's own pipes: the container would keep them open.
        let result = try await CommandLine.run(
            "/bin/sh", ["-c", "\(before)exec \(command) </dev/null >\(fixture.temporary.path("output")) 2>&1"])
        guard result.exitCode == 0 else { throw TestFailure("create: \(try output)") }
    }

    private var program: String { get throws { try #require(BundleFixture.program) } }
    private var root: String { fixture.temporary.path("state") }

    /// What it has printed so far.
    var output: String {
        get throws { String(decoding: try (fixture.bundle / "output").read(limit: 1 << 16), as: UTF8.self) }
    }

    func start() async throws { try await command(["start", name]).expecting(0) }

    /// Runs a shell script in it.
    func exec(_ script: String, _ options: [String] = []) async throws -> CommandResult {
        try await command(["exec"] + options + [name, "sh", "-c", script])
    }

    func command(_ arguments: [String]) async throws -> CommandResult {
        try await CommandLine.run(try program, ["--root", root] + arguments)
    }

    /// The first process, as the host sees it.
    func processID() async throws -> Int32 {
        let state = try JSON.decode(ContainerState.self, from: try await command(["state", name]).expecting(0).stdout)
        return state.pid
    }

    /// Runs a test on it and removes it, whatever happens.
    func use(_ body: (RunningContainer) async throws -> Void) async throws {
        do {
            try await body(self)
        } catch {
            // The error of the test is the one to tell.
            _ = try? await command(["delete", "--force", name])
            throw error
        }
        try await command(["delete", "--force", name]).expecting(0)
        for hierarchy in try HostPath("/sys/fs/cgroup").entries() {
            // Busy while another test has a container below it.
            try? (HostPath("/sys/fs/cgroup") / hierarchy.name / "wharf-test").rmdir()
        }
    }
}

extension CommandResult {
    /// Whether the error has these words; the runtime's log quotes them.
    func says(_ text: String) -> Bool { err.contains(text) || err.contains(text.replacing("\"", with: "\\\"")) }
}
