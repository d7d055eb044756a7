// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `-it` at a real terminal: size, echo, control characters, detach keys and coming back.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Terminal", .containers, .daemon)
    struct TerminalTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private func interactive(_ client: Client, _ options: [String] = [], _ command: [String]) throws -> ChildProcess {
            try daemon.start(
                client, ["run", "-it", "--network", "none"] + options + ["busybox"] + command, streams: .terminal(rows: 31, columns: 97))
        }

        @Test("a shell at a terminal answers, knows its size and exits with its code", arguments: Client.tested)
        func shell(client: Client) async throws {
            let child = try interactive(client, ["--rm"], ["sh"])
            try await child.output.wait(for: "/ # ")
            try child.send("tty; echo two$((1+1))\r")
            try await child.output.wait(for: "two2")
            #expect(child.output.text.contains("/dev/pts/0"))
            try await eventually("the terminal has the client's size") {
                let from = child.output.bytes.count
                try child.send("stty size\r")
                try await child.output.wait(for: "/ # ", from: from)
                return child.output.text.contains("31 97")
            }
            try child.send("exit 5\r")
            #expect(try await child.wait() == 5)
        }

        @Test("a resized window reaches the program", arguments: Client.tested)
        func resize(client: Client) async throws {
            let script = "trap 'stty size' WINCH; echo ready; while :; do sleep 0.1; done"
            let child = try interactive(client, ["--rm"], ["sh", "-c", script])
            try await child.output.wait(for: "ready")
            // A client may begin to watch its window a moment after the program has begun to talk.
            try await eventually("the new size arrives") {
                child.resize(rows: 44, columns: 80)
                child.resize(rows: 45, columns: 123)
                return (try? await child.output.wait(for: "45 123", within: .seconds(1))) != nil
            }
            try child.send("\u{3}")
            #expect(try await child.wait() == 130)
        }

        @Test("control-C interrupts the program, not the client", arguments: Client.tested)
        func interrupt(client: Client) async throws {
            let child = try interactive(
                client, ["--rm"], ["sh", "-c", "trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.1; done"])
            try await child.output.wait(for: "ready")
            try child.send("\u{3}")
            try await child.output.wait(for: "caught")
            #expect(try await child.wait() == 3)
        }

        @Test("the detach keys leave it running; attach comes back", arguments: Client.tested)
        func detach(client: Client) async throws {
            let name = unique("detach")
            let child = try interactive(client, ["--name", name], ["sh"])
            try await child.output.wait(for: "/ # ")
            try child.send("\u{10}\u{11}")
            #expect(try await child.wait() == 0)
            #expect(try await daemon.state(name, "Running")?.bool == true)

            let again = try daemon.start(client, ["attach", name], streams: .terminal(rows: 24, columns: 80))
            try await eventually("the shell answers after attach") {
                try again.send("echo back$((40+2))\r")
                return (try? await again.output.wait(for: "back42", within: .seconds(2))) != nil
            }
            try again.send("exit 6\r")
            #expect(try await again.wait() == 6)
        }

        @Test("other detach keys are taken", arguments: Client.tested)
        func otherKeys(client: Client) async throws {
            let name = unique("keys")
            let child = try interactive(client, ["--name", name, "--detach-keys", "ctrl-a,x"], ["sh"])
            try await child.output.wait(for: "/ # ")
            try child.send("\u{1}x")
            #expect(try await child.wait() == 0)
            #expect(try await daemon.state(name, "Running")?.bool == true)
        }

        @Test("attach to a running program shows its output and passes its exit code on", arguments: Client.tested)
        func attach(client: Client) async throws {
            let name = try await daemon.runBeside(client, "attach", ["-i"], "read a; echo got $a; echo problem >&2; exit 4")
            let child = try daemon.start(client, ["attach", name], streams: .pipes)
            try child.send("word\n")
            try await child.output.wait(for: "got word")
            #expect(try await child.wait() == 4)
            #expect(child.output.text.contains("problem"))
        }

        @Test("-t without a terminal is refused by the client", arguments: Client.tested)
        func noTerminal(client: Client) async throws {
            let result = try await daemon.run(
                client, ["run", "--rm", "-it", "--network", "none", "busybox", "true"], stdin: Array("x".utf8))
            #expect(result.exitCode != 0)
            #expect(result.err.contains("the input device is not a TTY"))
        }

        @Test("-t without -i gives a program a terminal and CRLF line ends", arguments: Client.tested)
        func terminalOnly(client: Client) async throws {
            let result = try await daemon.runOnce(client, options: ["-t"], ["sh", "-c", "test -t 1 && echo yes"]).expecting()
            #expect(result.stdout == Array("yes\r\n".utf8))
        }
    }
}
