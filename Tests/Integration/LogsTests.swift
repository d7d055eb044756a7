// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `logs`: what was said, from the end, with times, while it goes on, and after the container has exited.

import Testing
import WharfTestKit

extension Integration {
    @Suite("Logs", .containers, .daemon)
    struct LogsTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("both streams, apart and in order", arguments: Client.tested)
        func streams(client: Client) async throws {
            let name = try await daemon.runBeside(client, "logs", [], "echo one; echo two >&2; echo three; printf 'no end'")
            try await daemon.untilExited(name)
            let result = try await daemon.run(client, ["logs", name]).expecting()
            #expect(result.stdout == Array("one\nthree\nno end".utf8))
            #expect(result.err == "two")
        }

        @Test("--tail, -t and --since", arguments: Client.tested)
        func selection(client: Client) async throws {
            let name = try await daemon.runBeside(client, "logs", [], "seq 1000")
            try await daemon.untilExited(name)
            #expect(try await daemon.run(client, ["logs", "--tail", "3", name]).expecting().lines == ["998", "999", "1000"])
            #expect(try await daemon.run(client, ["logs", "--tail", "0", name]).expecting().out == "")
            #expect(try await daemon.run(client, ["logs", name]).expecting().lines.count == 1000)
            let stamped = try await daemon.run(client, ["logs", "-t", "--tail", "1", name]).expecting().out
            #expect(stamped.hasSuffix("Z 1000") && stamped.hasPrefix("20"))
            #expect(try await daemon.run(client, ["logs", "--since", "2100-01-01T00:00:00Z", name]).expecting().out == "")
            #expect(try await daemon.run(client, ["logs", "--until", "2000-01-01T00:00:00Z", name]).expecting().out == "")
        }

        @Test("-f goes on while the container runs, and ends with it", arguments: Client.tested)
        func follow(client: Client) async throws {
            let script = "echo before; read go; echo after; exit 0"
            let name = unique("follow")
            let runner = try daemon.start(
                client, ["run", "-i", "--name", name, "--network", "none", "busybox", "sh", "-c", script], streams: .pipes)
            try await runner.output.wait(for: "before")
            let follower = try daemon.start(client, ["logs", "-f", name], streams: .pipes)
            try await follower.output.wait(for: "before")
            #expect(follower.isRunning)
            try runner.send("go\n")
            try await follower.output.wait(for: "after")
            #expect(try await follower.wait() == 0)
            #expect(try await runner.wait() == 0)
        }

        @Test("-f --tail 0 shows only what comes", arguments: Client.tested)
        func followFromNow(client: Client) async throws {
            let name = try await daemon.runBeside(client, "follow", [], "echo before; while :; do echo tick; sleep 0.1; done")
            try await eventually("the first lines are logged") { try await daemon.docker("logs", name).out.hasPrefix("before\ntick") }
            let follower = try daemon.start(client, ["logs", "-f", "--tail", "0", name], streams: .pipes)
            try await follower.output.wait(for: "tick")
            try await daemon.docker("kill", name)
            try await follower.wait()
            #expect(!follower.output.text.contains("before"))
        }

        @Test("a long line and bytes that are no text survive", arguments: Client.tested)
        func oddLines(client: Client) async throws {
            let script = #"head -c 100000 /dev/zero | tr '\0' x; echo; printf 'tab\tquote"back\\slash\n'"#
            let name = try await daemon.runBeside(client, "odd", [], script)
            try await daemon.untilExited(name)
            let lines = try await daemon.run(client, ["logs", name]).expecting().lines
            #expect(lines.first?.utf8.count == 100_000)
            #expect(lines.last == "tab\tquote\"back\\slash")
        }

        @Test("a terminal's output is logged raw", arguments: Client.tested)
        func terminal(client: Client) async throws {
            let name = try await daemon.runBeside(client, "tty", ["-t"], "echo one; echo two >&2")
            try await daemon.untilExited(name)
            #expect(try await daemon.run(client, ["logs", name]).expecting().stdout == Array("one\r\ntwo\r\n".utf8))
        }

        @Test("--log-driver none keeps nothing, and logs says so", arguments: Client.tested)
        func noLog(client: Client) async throws {
            let name = try await daemon.runBeside(client, "none", ["--log-driver", "none"], "echo gone")
            try await daemon.untilExited(name)
            let result = try await daemon.run(client, ["logs", name])
            #expect(result.exitCode == 1)
            #expect(result.err.contains("configured logging driver does not support reading"))
        }
    }
}
