// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Bad config.json: one error that names the field, and nothing of the container anywhere afterwards: no state, no control
// group, no mount, no process.

import Foundation
import Testing
import WharfJSON
import WharfLinux
import WharfTestKit

extension Integration {
    @Suite("Bad config.json", .enabled(if: EscapeRuntime.isAvailable, "needs root, busybox and the static wharf-runtime"))
    struct BadConfigTests {
        @Test("is refused in words that name the field, and leaves nothing")
        func corpus() async throws {
            let bundle = try await EscapeBundle()
            let runtime = try EscapeRuntime.make(.wharf)
            let good = try JSON.parse(JSON.encode(bundle.spec))
            #expect(BadConfig.all.count >= 120)
            let mounts = Leftovers.mounts()
            for bad in BadConfig.all {
                try await refuses(bad, good: good, bundle, runtime)
                #expect(Leftovers.mounts() == mounts, "\(bad.name) left a mount")
                #expect(try bundle.touched() == nil, "\(bad.name)")
            }
            // The document that they all came from is none of them.
            let result = try await bundle.run(runtime, "echo \(EscapeBundle.ran)")
            #expect(result.lines == [EscapeBundle.ran], "\(result)")
        }

        private func refuses(_ bad: BadConfig, good: JSONValue, _ bundle: EscapeBundle, _ runtime: EscapeRuntime) async throws {
            try (bundle.bundle / "config.json").writeAtomically(bad.bytes(good), durable: false)
            let id = bad.id ?? bundle.name
            for verb in ["run", "create"] {
                let result = try await runtime.quiet([verb, "--bundle", bundle.temporary.path, id], bundle)
                // A program that can't be run is told by start: create has not looked for it yet.
                if verb == "create", result.exitCode == 0 {
                    let started = try await runtime.quiet(["start", id], bundle)
                    expect(bad, verb: "start", started)
                    try await runtime.call(["delete", "--force", id]).expecting()
                } else {
                    expect(bad, verb: verb, result)
                }
                #expect(bundle.processes().isEmpty, "\(bad.name): \(verb) left processes")
                #expect(leftGroups(bundle) == [], "\(bad.name): \(verb) left control groups")
                #expect(runtime.states() == [], "\(bad.name): \(verb) left its state")
            }
        }

        private func expect(_ bad: BadConfig, verb: String, _ result: CommandResult) {
            #expect(result.exitCode > 0 && result.exitCode < 128, "\(bad.name): \(result)")
            #expect(
                bad.says.isEmpty || result.err.lowercased().contains(bad.says),
                "\(bad.name) should be told with '\(bad.says)': \(result.err)")
            #expect(!result.err.isEmpty && result.err.utf8.count < 4096, "\(bad.name): \(result.err.utf8.count) bytes of error")
            #expect(result.out.isEmpty, "\(bad.name): \(verb) printed \(result.out)")
        }

        private func leftGroups(_ bundle: EscapeBundle) -> [String] {
            let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup")) ?? []
            return (["/sys/fs/cgroup"] + hierarchies.map { "/sys/fs/cgroup/\($0)" }).map { "\($0)/wharf-escape/\(bundle.name)" }
                .filter { FileManager.default.fileExists(atPath: $0) }
        }
    }
}

extension EscapeRuntime {
    /// What it keeps of containers under its --root.
    func states() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: stateFolder)) ?? [] }
}
