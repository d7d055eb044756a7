// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `exec` in a running container: streams, terminal, exit codes, its own environment, and what it refuses.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Exec", .containers, .daemon)
    struct ExecTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("output, errors, input and exit code", arguments: Client.tested)
        func basics(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec")
            let result = try await daemon.run(client, ["exec", name, "sh", "-c", "echo out; echo err >&2; exit 5"])
            #expect(result.out == "out")
            #expect(result.err == "err")
            #expect(result.exitCode == 5)
            let cat = try await daemon.run(client, ["exec", "-i", name, "cat"], stdin: Array("passed on\n".utf8)).expecting()
            #expect(cat.out == "passed on")
            #expect(try await daemon.run(client, ["exec", name, "sh", "-c", "kill -9 $$"]).exitCode == 137)
            let many = try await daemon.run(client, ["exec", name, "seq", "100000"]).expecting()
            #expect(many.lines.count == 100_000)
        }

        @Test("it is in the container: its processes, files and name", arguments: Client.tested)
        func inside(client: Client) async throws {
            let name = try await daemon.runBeside(client, "inside", ["-h", "ship"], "echo x > /mark; exec sleep 1000")
            try await eventually("the mark is there") { try await daemon.run(client, ["exec", name, "cat", "/mark"]).out == "x" }
            #expect(
                try await daemon.run(client, ["exec", name, "sh", "-c", "hostname; cat /proc/1/cmdline | tr '\\0' ' '"]).expecting().lines
                    == ["ship", "sleep 1000 "])
        }

        @Test("-u, -e and -w are its own", arguments: Client.tested)
        func options(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec", ["-e", "A=container", "-w", "/var"])
            func exec(_ options: [String], _ script: String) async throws -> String {
                try await daemon.run(client, ["exec"] + options + [name, "sh", "-c", script]).expecting().out
            }
            #expect(try await exec([], "echo $A $(pwd) $(id -u)") == "container /var 0")
            #expect(try await exec(["-e", "A=exec", "-w", "/etc", "-u", "sailor"], "echo $A $(pwd) $(id -un)") == "exec /etc sailor")
        }

        @Test("126 and 127 as run has them", arguments: Client.tested)
        func failures(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec")
            let missing = try await daemon.run(client, ["exec", name, "no-such-command"])
            // 126 before docker 23.
            #expect(missing.exitCode == (Programs.reference == nil ? 127 : 126))
            #expect((missing.out + missing.err).contains(#"exec: "no-such-command": executable file not found in $PATH"#))
            #expect(try await daemon.run(client, ["exec", name, "/etc/not-executable"]).exitCode == 126)
        }

        @Test("a container that doesn't run refuses", arguments: Client.tested)
        func notRunning(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec", [], "true")
            try await daemon.untilExited(name)
            let result = try await daemon.run(client, ["exec", name, "true"])
            #expect(result.exitCode == 1)
            #expect(result.err.contains("is not running"))
            #expect(try await daemon.run(client, ["exec", "nobody", "true"]).err.contains("No such container: nobody"))
        }

        @Test("-it is a terminal of its own", arguments: Client.tested)
        func terminal(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec")
            let child = try daemon.start(client, ["exec", "-it", name, "sh"], streams: .terminal(rows: 33, columns: 99))
            try await child.output.wait(for: "/ # ")
            try child.send("tty; echo is$((5+5))\r")
            try await child.output.wait(for: "is10")
            #expect(child.output.text.contains("/dev/pts/"))
            try child.send("exit 11\r")
            #expect(try await child.wait() == 11)
        }

        @Test("-d goes on without the client", arguments: Client.tested)
        func detached(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec")
            #expect(try await daemon.run(client, ["exec", "-d", name, "sh", "-c", "echo done > /done"]).expecting().out == "")
            try await eventually("the detached exec has written") {
                try await daemon.run(client, ["exec", name, "cat", "/done"]).out == "done"
            }
        }

        @Test("the end of the container ends it", arguments: Client.tested)
        func containerEnds(client: Client) async throws {
            let name = try await daemon.runBeside(client, "exec")
            let child = try daemon.start(client, ["exec", name, "sh", "-c", "echo ready; sleep 1000"], streams: .pipes)
            try await child.output.wait(for: "ready")
            try await daemon.run(client, ["kill", name]).expecting()
            #expect(try await child.wait() == 137)
        }

        @Test("the API: inspect tells running, exit code and pid; 404, 409")
        func api() async throws {
            let name = try await daemon.runBeside(.docker, "exec")
            let made = try await daemon.api.send(
                "POST", "/containers/\(name)/exec", json: #"{"Cmd":["sh","-c","exit 9"],"AttachStdout":true}"#)
            #expect(made.status == 201)
            let id = try #require(try made.json()["Id"]?.string)
            let before = try await daemon.api.send("GET", "/exec/\(id)/json").json()
            #expect(before["Running"]?.bool == false)
            #expect(before["ExitCode"] == .null)
            #expect(try await daemon.api.send("POST", "/exec/\(id)/start", json: #"{"Detach":true}"#).status == 200)
            let after = try await eventually("the exec has ended") {
                let state = try await daemon.api.send("GET", "/exec/\(id)/json").json()
                return state["ExitCode"]?.int == nil ? nil : state
            }
            #expect(after["ExitCode"]?.int == 9)
            #expect(after["Running"]?.bool == false)
            #expect(after["ProcessConfig"]?["entrypoint"]?.string == "sh")
            let again = try await daemon.api.send("POST", "/exec/\(id)/start", json: "{}")
            // Docker 20.10 takes it again.
            if Programs.reference == nil { #expect(again.status == 409, "\(again.text)") }
            #expect(try await daemon.api.send("GET", "/exec/none/json").status == 404)
            #expect(try await daemon.api.send("POST", "/containers/\(name)/exec", json: "{}").status == 400)
        }
    }
}
