// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The mounts of a container as it sees them itself.

import Testing
import WharfLinux
import WharfRuntime
import WharfTestKit

/// Lines of a mountinfo file (proc_pid_mountinfo(5)).
struct MountTable {
    struct Line {
        let place: String
        /// `ro`, `nosuid`, `relatime`…
        let attributes: Set<String>
        /// `shared`, `master`, `unbindable`; empty for a private mount.
        let propagation: Set<String>
        let type: String
        let source: String
        /// Of the superblock.
        let options: Set<String>
    }

    let lines: [Line]

    init(_ text: [String]) {
        lines = text.compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
            return Line(
                place: fields[4], attributes: Set(fields[5].split(separator: ",").map(String.init)),
                propagation: Set(fields[6..<dash].map { String($0.prefix { $0 != ":" }) }), type: fields[dash + 1],
                source: fields[dash + 2], options: Set(fields[dash + 3].split(separator: ",").map(String.init)))
        }
    }

    /// The topmost mount at a place.
    subscript(place: String) -> Line? { lines.last { $0.place == place } }
}

extension BundleFixture {
    /// The mounts of a container made from `spec`.
    func mountTable() async throws -> MountTable {
        let result = try await run("cat /proc/self/mountinfo")
        try result.expecting(0)
        return MountTable(result.lines)
    }

    /// Runs the container as `run` does, in a mount namespace of the test's own where a shell script has prepared the
    /// bundle, which is its current directory. `options` go behind the verb.
    func runAfter(_ preparation: String, options: String = "") async throws -> CommandResult {
        try (bundle / "config.json").writeAtomically(Bundle.encode(spec), durable: false)
        let program = try #require(Self.program)
        let script = "cd '\(temporary.path)' && \(preparation) && exec '\(program)' --root state run \(options) --bundle . c1"
        let result = try await CommandLine.run("unshare", ["-m", "--propagation", "private", "sh", "-c", script])
        #expect(try (bundle / "canary").entries().isEmpty, "the host's folder was touched")
        return result
    }
}

extension CommandResult {
    /// What the runtime said, with the quotes that its log line escapes.
    var reason: String { err.replacing("\\\"", with: "\"") }
}
