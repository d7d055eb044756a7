// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The command line against real containers: a bundle, a --root of its own, and everything that may be left behind to look at.

import Foundation
import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

/// One bundle and one state directory.
final class CommandFixture: Sendable {
    let bundle: BundleFixture
    let id = "c1"

    /// Whether calls can be traced and killed.
    static let canTrace = access("/usr/bin/strace", X_OK) == 0

    var root: String { bundle.temporary.path("state") }
    var cgroup: String { bundle.spec.linux.cgroupsPath }

    /// `change` works on the spec before it is written.
    init(_ script: String = "sleep 1000", _ change: (inout RuntimeSpec) -> Void = { _ in }) async throws {
        var bundle = try await BundleFixture()
        bundle.spec.process.args = ["sh", "-c", script]
        change(&bundle.spec)
        self.bundle = bundle
        try write(bundle.spec)
    }

    func write(_ spec: RuntimeSpec) throws { try (bundle.bundle / "config.json").writeAtomically(Bundle.encode(spec), durable: false) }

    /// Runs a verb. What a created container says goes to files, because a pipe would be held open by it.
    @discardableResult
    func call(_ arguments: String..., under tracer: [String] = []) async throws -> CommandResult {
        let program = try #require(BundleFixture.program)
        let command = (tracer + [program, "--root", root] + arguments).map { "'\($0.replacing("'", with: "'\\''"))'" }.joined(
            separator: " ")
        let (output, errors) = (bundle.temporary.path("out"), bundle.temporary.path("err"))
        let result = try await CommandLine.run("/bin/sh", ["-c", "\(command) >\(output) 2>\(errors) </dev/null"])
        return CommandResult(
            command: result.command, exitCode: result.exitCode, stdout: try HostPath(output).read(limit: 1 << 20),
            stderr: try HostPath(errors).read(limit: 1 << 20))
    }

    func create() async throws { try await call("create", "--bundle", bundle.temporary.path, id).expecting(0) }

    /// The answer of `state`.
    func state() async throws -> JSONValue { try JSON.parse(try await call("state", id).expecting(0).stdout) }

    func status() async throws -> String { try #require(try await state()["status"]?.string) }

    /// Waits for a status, which the end of a process takes a moment to reach.
    func wait(for status: String) async throws {
        try await eventually("the status is \(status)") { try await self.status() == status }
    }

    /// What must be gone behind a delete: the folder, the groups, every process.
    func leftovers() throws -> [String] {
        var found: [String] = []
        if try (HostPath(root) / id).exists() { found.append("the state folder") }
        for hierarchy in try HostPath("/sys/fs/cgroup").entries() + [] where hierarchy.kind == .directory {
            let group = HostPath("/sys/fs/cgroup") / hierarchy.name
            if try HostPath(group.pathBytes + cgroup.utf8).exists() { found.append("the group \(group)\(cgroup)") }
        }
        if try HostPath("/sys/fs/cgroup\(cgroup)").exists() { found.append("the group \(cgroup)") }
        for entry in try HostPath("/proc").entries() {
            guard let pid = Int32(String(decoding: entry.name, as: UTF8.self)), pid != getpid() else { continue }
            // One that ends meanwhile is not left over.
            let command = (try? HostPath("/proc/\(pid)/cmdline").read(limit: 1 << 20)) ?? []
            if String(decoding: command, as: UTF8.self).contains(root) { found.append("process \(pid)") }
        }
        return found
    }

    /// Removes everything, whatever the test did.
    func end() async {
        _ = try? await call("delete", "--force", id)
        for hierarchy in (try? HostPath("/sys/fs/cgroup").entries()) ?? [] {
            try? (HostPath("/sys/fs/cgroup") / hierarchy.name / "wharf-test").rmdir()
        }
    }

    /// A fixture for one test, ended behind it.
    static func with(
        _ script: String = "sleep 1000", _ change: (inout RuntimeSpec) -> Void = { _ in }, _ body: (CommandFixture) async throws -> Void
    ) async throws {
        let fixture = try await CommandFixture(script, change)
        do {
            try await body(fixture)
        } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }
}
