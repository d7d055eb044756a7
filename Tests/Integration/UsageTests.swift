// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What real containers do and take: top, stats, pause, rename, prune, events and update, by both clients.

import Glibc
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Usage", .containers, .daemon)
    struct UsageTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private func running(_ command: String...) async throws -> String {
            let name = unique("usage")
            try await daemon.run(.docker, ["run", "-d", "--name", name, "--network", "none", "-m", "64m", "busybox"] + command).expecting()
            return name
        }

        @Test("top shows the container's processes and no others", arguments: Client.tested)
        func top(client: Client) async throws {
            let name = try await running("sh", "-c", "sleep 4711 & sleep 4712")
            // Whether the shell stays for its last command is the shell's business.
            try await eventually("both run") {
                let lines = try await daemon.run(client, ["top", name]).expecting().lines
                return lines.contains { $0.hasSuffix("sleep 4711") } && lines.contains { $0.hasSuffix("sleep 4712") }
            }
            let lines = try await daemon.run(client, ["top", name]).expecting().lines
            #expect(lines[0].hasPrefix("UID ") && (3...4).contains(lines.count), "\(lines)")
            let chosen = try await daemon.run(client, ["top", name, "-o", "pid,comm"]).expecting().lines
            #expect(chosen.count == lines.count && chosen[0].hasPrefix("PID"), "\(chosen)")
            let bad = try await daemon.run(client, ["top", name, "--nonsense"])
            #expect(bad.exitCode == 1 && bad.err.contains("unknown gnu long option"), "\(bad)")
            try await daemon.docker("stop", "-t", "0", name)
            let stopped = try await daemon.run(client, ["top", name])
            #expect(stopped.exitCode == 1 && stopped.err.contains("is not running"), "\(stopped)")
            try await daemon.docker("rm", name)
        }

        @Test("stats tells what is used, and nothing of what does not run", arguments: Client.tested)
        func stats(client: Client) async throws {
            let name = try await running("sh", "-c", "while :; do :; done")
            let line = try await daemon.run(client, ["stats", "--no-stream", "--format", "{{json .}}", name]).expecting().out
            let row = try JSON.parse(Array(line.utf8))
            #expect(row["Name"]?.string == name && row["PIDs"]?.string == "1")
            #expect(row["MemUsage"]?.string?.hasSuffix(" / 64MiB") == true, "\(line)")
            let share = try #require(Double((row["CPUPerc"]?.string ?? "").dropLast()))
            #expect(share > 0 && share <= 400)
            try await daemon.docker("kill", name)
            let empty = try await daemon.run(client, ["stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", name]).expecting()
            #expect(empty.out == "0B / 0B 0")
            #expect(try await daemon.run(client, ["stats", "--no-stream", unique("none")]).exitCode == 1)
            try await daemon.docker("rm", name)
        }

        @Test("pause, rename, update and unpause", arguments: Client.tested)
        func state(client: Client) async throws {
            let name = try await running("sleep", "1000")
            let other = unique("renamed")
            #expect(try await daemon.run(client, ["pause", name]).expecting().out == name)
            #expect(try await daemon.state(name, "Status")?.string == "paused")
            #expect(try await daemon.run(client, ["pause", name]).exitCode == 1)
            #expect(try await daemon.run(client, ["unpause", name]).expecting().out == name)
            try await daemon.run(client, ["rename", name, other]).expecting()
            #expect(try await daemon.run(client, ["update", "-m", "32m", "--memory-swap", "32m", other]).expecting().out == other)
            #expect(try await daemon.inspect(other)["HostConfig"]?["Memory"]?.int == 32 << 20)
            let taken = try await daemon.run(client, ["rename", other, other])
            #expect(taken.exitCode == 1 && taken.err.contains("Error: failed to rename container named \(other)"), "\(taken)")
            try await daemon.docker("rm", "-f", other)
        }

        @Test("prune takes what does not run", arguments: Client.tested)
        func prune(client: Client) async throws {
            let label = unique("label")
            let kept = try await daemon.docker("run", "-d", "--label", label, "--network", "none", "busybox", "sleep", "1000").out
            let gone = try await daemon.docker("create", "--label", label, "--network", "none", "busybox").out
            let answer = try await daemon.run(client, ["container", "prune", "-f", "--filter", "label=\(label)"]).expecting()
            #expect(
                answer.lines.contains(gone) && !answer.lines.contains(kept)
                    && answer.lines.last?.hasPrefix("Total reclaimed space: ") == true)
            #expect(try await daemon.docker("ps", "-aq", "--no-trunc", "--filter", "label=\(label)").lines == [kept])
            try await daemon.docker("rm", "-f", kept)
        }

        @Test("events of both clients are the same", arguments: Client.tested)
        func events(client: Client) async throws {
            let name = unique("events")
            try await daemon.docker("run", "--name", name, "--network", "none", "busybox", "true")
            try await daemon.docker("rm", name)
            let lines = try await daemon.run(
                // Docker's client cuts times to seconds.
                client,
                [
                    "events", "--since", "1", "--until", "\(time(nil) + 1)", "--filter", "container=\(name)", "--format",
                    "{{.Type}} {{.Action}}",
                ]
            ).expecting().lines
            #expect(lines.first == "container create" && lines.last == "container destroy" && lines.contains("container start"), "\(lines)")
        }
    }
}
