// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `run` as people type it, with both clients: output, input, exit codes, and docker's words where it can't.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Run", .containers, .daemon)
    struct RunTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("says what the program says, on the right stream", arguments: Client.tested)
        func output(client: Client) async throws {
            #expect(try await daemon.runOnce(client, ["echo", "hi"]).expecting().stdout == Array("hi\n".utf8))
            let both = try await daemon.runOnce(client, ["sh", "-c", "echo out; echo err >&2"]).expecting()
            #expect(both.out == "out")
            #expect(both.err == "err")
        }

        @Test("gives back every byte of a large output", arguments: Client.tested)
        func largeOutput(client: Client) async throws {
            let result = try await daemon.runOnce(client, ["sh", "-c", "seq 200000"]).expecting()
            #expect(result.lines.count == 200_000)
            #expect(result.lines.last == "200000")
            let bytes = try await daemon.runOnce(client, ["head", "-c", "3000000", "/dev/zero"]).expecting()
            #expect(bytes.stdout.count == 3_000_000)
        }

        @Test("passes input on and ends it", arguments: Client.tested)
        func input(client: Client) async throws {
            let text = (0..<20_000).map { "line \($0)\n" }.joined()
            let result = try await daemon.runOnce(client, options: ["-i"], ["sh", "-c", "cat; echo end"], stdin: Array(text.utf8))
                .expecting()
            #expect(result.stdout == Array((text + "end\n").utf8))
            #expect(try await daemon.runOnce(client, ["cat"], stdin: Array("unseen".utf8)).expecting().stdout.isEmpty)
        }

        @Test("exits as the program does", arguments: Client.tested)
        func exitCodes(client: Client) async throws {
            #expect(try await daemon.runOnce(client, ["true"]).exitCode == 0)
            #expect(try await daemon.runOnce(client, ["sh", "-c", "exit 42"]).exitCode == 42)
            #expect(try await daemon.runOnce(client, ["sh", "-c", "sh -c 'kill -9 $$'; exit $?"]).exitCode == 137)
        }

        @Test("127 and docker's words for a command that isn't there", arguments: Client.tested)
        func missingCommand(client: Client) async throws {
            let result = try await daemon.runOnce(client, ["no-such-command"])
            #expect(result.exitCode == 127)
            #expect(result.err.contains(#"exec: "no-such-command": executable file not found in $PATH"#))
            let path = try await daemon.runOnce(client, ["/no/such/command"])
            #expect(path.exitCode == 127)
            #expect(path.err.contains("no such file or directory"))
        }

        @Test("126 for a file that can't be executed", arguments: Client.tested)
        func notExecutable(client: Client) async throws {
            let file = try await daemon.runOnce(client, ["/etc/not-executable"])
            #expect(file.exitCode == 126)
            #expect(file.err.contains("permission denied"))
            #expect(try await daemon.runOnce(client, ["/etc"]).exitCode == 126)
        }

        @Test("125 for what the daemon or the client refuses", arguments: Client.tested)
        func refused(client: Client) async throws {
            let image = try await daemon.run(client, ["run", "--rm", "no-such-image:none", "true"])
            #expect(image.exitCode == 125)
            #expect(image.err.contains("no-such-image"))
            #expect(try await daemon.run(client, ["run", "--no-such-flag", "busybox"]).exitCode == 125)
            #expect(try await daemon.runOnce(client, options: ["-m", "1k"], ["true"]).exitCode == 125)
            #expect(try await daemon.runOnce(client, options: ["--name", "bad/name"], ["true"]).exitCode == 125)
            #expect(try await daemon.runOnce(client, options: ["-v", "relative/path:/x"], ["true"]).exitCode == 125)
        }

        @Test("a name in use is a conflict", arguments: Client.tested)
        func nameConflict(client: Client) async throws {
            let name = try await daemon.runBeside(client)
            let result = try await daemon.runOnce(client, options: ["--name", name], ["true"])
            #expect(result.exitCode == 125)
            #expect(result.err.contains("Conflict. The container name \"/\(name)\" is already in use by container"))
        }

        @Test("-d prints the id and goes on; --rm removes", arguments: Client.tested)
        func detached(client: Client) async throws {
            let name = try await daemon.runBeside(client, "detached", ["--rm"], "read x < /tmp/never || sleep 1000")
            #expect(try await daemon.state(name, "Running")?.bool == true)
            try await daemon.run(client, ["kill", name]).expecting()
            try await eventually("the container is removed") { try await daemon.api.send("GET", "/containers/\(name)/json").status == 404 }
        }

        @Test("--rm and -d refuse nothing that docker allows, --cidfile aside: the id file of --cidfile", arguments: [Client.docker])
        func cidfile(client: Client) async throws {
            let folder = try TemporaryDirectory("cid")
            try await daemon.runOnce(client, options: ["--cidfile", folder.path("id")], ["true"]).expecting()
            #expect(try await CommandLine.run("cat", [folder.path("id")]).out.utf8.count == 64)
        }

        @Test("SIGTERM of the client reaches the program", arguments: Client.tested)
        func signals(client: Client) async throws {
            let script = "trap 'echo caught; exit 9' TERM; echo ready; while :; do sleep 0.1; done"
            let child = try daemon.start(
                client, ["run", "--rm", "--network", "none", "busybox", "sh", "-c", script], streams: .pipes)
            try await child.output.wait(for: "ready")
            child.signal(15)
            try await child.output.wait(for: "caught")
            #expect(try await child.wait() == 9)
        }
    }
}
