// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From create to rm, with both clients, and docker's statuses where an order makes no sense.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Lifecycle", .containers, .daemon)
    struct LifecycleTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private func status(_ method: String, _ target: String) async throws -> Int {
            try await daemon.api.send(method, target).status
        }

        @Test("create, start, wait, start again, rm", arguments: Client.tested)
        func straightLine(client: Client) async throws {
            let name = unique("line")
            let script = "echo run; exit 3"
            let made = try await daemon.run(client, ["create", "--name", name, "--network", "none", "busybox", "sh", "-c", script])
                .expecting()
            #expect(made.out.utf8.count == 64)
            #expect(try await daemon.state(name, "Status")?.string == "created")
            #expect(try await daemon.run(client, ["start", name]).expecting().out == name)
            #expect(try await daemon.run(client, ["wait", name]).expecting().out == "3")
            #expect(try await daemon.state(name, "Status")?.string == "exited")
            #expect(try await daemon.state(name, "ExitCode")?.int == 3)
            let attached = try await daemon.run(client, ["start", "-a", name])
            #expect(attached.out == "run")
            #expect(attached.exitCode == 3)
            #expect(try await daemon.run(client, ["logs", name]).expecting().lines == ["run", "run"])
            #expect(try await daemon.run(client, ["rm", name]).expecting().out == name)
            #expect(try await status("GET", "/containers/\(name)/json") == 404)
        }

        @Test("what a container wrote is there at its next start", arguments: Client.tested)
        func keepsFiles(client: Client) async throws {
            let name = unique("keep")
            let script = "cat /var/count 2>/dev/null; echo one >> /var/count"
            try await daemon.run(client, ["run", "--name", name, "--network", "none", "busybox", "sh", "-c", script]).expecting()
            try await daemon.run(client, ["start", "-a", name]).expecting()
            #expect(try await daemon.run(client, ["start", "-a", name]).expecting().lines == ["one", "one"])
        }

        @Test("ps shows what runs, -a everything", arguments: Client.tested)
        func list(client: Client) async throws {
            let running = try await daemon.runBeside(client, "list")
            let created = unique("list")
            try await daemon.run(client, ["create", "--name", created, "--network", "none", "busybox", "true"]).expecting()
            let up = try await daemon.run(client, ["ps", "--format", "{{.Names}} {{.Image}} {{.Status}}"]).expecting().lines
            #expect(up.contains { $0.hasPrefix("\(running) busybox Up ") })
            #expect(!up.contains { $0.hasPrefix(created) })
            let all = try await daemon.run(client, ["ps", "-a", "--format", "{{.Names}} {{.Status}}"]).expecting().lines
            #expect(all.contains("\(created) Created"))
            #expect(
                try await daemon.run(client, ["ps", "-aq", "--no-trunc", "--filter", "name=\(created)"]).expecting().out.utf8.count == 64)
            #expect(
                try await daemon.run(client, ["ps", "-a", "--filter", "status=created", "--format", "{{.Names}}"]).lines.contains(created))
            let table = try await daemon.run(client, ["ps"]).expecting().lines
            #expect(table.first?.hasPrefix("CONTAINER ID   IMAGE     COMMAND") == true)
        }

        @Test("stop asks with SIGTERM, then ends with SIGKILL", arguments: Client.tested)
        func stop(client: Client) async throws {
            let polite = try await daemon.runBeside(client, "stop", [], "trap 'exit 7' TERM; while :; do sleep 0.1; done")
            #expect(try await daemon.run(client, ["stop", polite]).expecting().out == polite)
            #expect(try await daemon.state(polite, "ExitCode")?.int == 7)
            let deaf = try await daemon.runBeside(client, "stop", [], "trap '' TERM; while :; do sleep 0.1; done")
            try await daemon.run(client, ["stop", "-t", "1", deaf]).expecting()
            #expect(try await daemon.state(deaf, "ExitCode")?.int == 137)
            try await daemon.run(client, ["stop", deaf]).expecting()
        }

        @Test("kill sends the signal that is asked for", arguments: Client.tested)
        func kill(client: Client) async throws {
            let name = try await daemon.runBeside(client, "kill", [], "trap 'echo usr1' USR1; echo ready; while :; do sleep 0.1; done")
            try await eventually("the trap is set") { try await daemon.docker("logs", name).out == "ready" }
            try await daemon.run(client, ["kill", "-s", "USR1", name]).expecting()
            try await eventually("the signal arrived") { try await daemon.docker("logs", name).out == "ready\nusr1" }
            try await daemon.run(client, ["kill", name]).expecting()
            try await daemon.untilExited(name)
            #expect(try await daemon.state(name, "ExitCode")?.int == 137)
            let again = try await daemon.run(client, ["kill", name])
            #expect(again.exitCode == 1)
            #expect(again.err.contains("is not running"))
        }

        @Test("rm refuses a running container, -f ends it", arguments: Client.tested)
        func remove(client: Client) async throws {
            let name = try await daemon.runBeside(client, "remove")
            let refused = try await daemon.run(client, ["rm", name])
            #expect(refused.exitCode == 1)
            #expect(refused.err.contains("running"))
            try await daemon.run(client, ["rm", "-f", name]).expecting()
            let gone = try await daemon.run(client, ["rm", name])
            #expect(gone.exitCode == 1)
            #expect(gone.err.contains("No such container: \(name)"))
        }

        @Test("the API's statuses: 204, 304, 404, 409")
        func statuses() async throws {
            let id = try await daemon.create(name: unique("status"))
            #expect(try await status("POST", "/containers/\(id)/kill") == 409)
            #expect(try await status("POST", "/containers/\(id)/stop") == 304)
            #expect(try await status("POST", "/containers/\(id)/start") == 204)
            #expect(try await status("POST", "/containers/\(id)/start") == 304)
            #expect(try await status("DELETE", "/containers/\(id)") == 409)
            #expect(try await status("POST", "/containers/\(id)/kill?signal=NOSUCH") == 400)
            #expect(try await status("POST", "/containers/\(id)/stop?t=0") == 204)
            #expect(try await status("DELETE", "/containers/\(id)") == 204)
            #expect(try await status("POST", "/containers/\(id)/start") == 404)
            #expect(try await status("GET", "/containers/none/logs?stdout=1") == 404)
        }

        @Test("names: generated, conflicting, bad")
        func names() async throws {
            let id = try await daemon.create()
            let generated = try #require(try await daemon.inspect(id)["Name"]?.string)
            #expect(generated.hasPrefix("/") && generated.contains("_"))
            let name = unique("taken")
            _ = try await daemon.create(name: name)
            let again = try await daemon.api.send("POST", "/containers/create?name=\(name)", json: #"{"Image":"busybox"}"#)
            #expect(again.status == 409)
            #expect(again.message.hasPrefix("Conflict. The container name \"/\(name)\" is already in use by container \""))
            #expect(try await daemon.api.send("POST", "/containers/create?name=-bad", json: #"{"Image":"busybox"}"#).status == 400)
            // By a prefix of its id, as people do.
            #expect(try await daemon.inspect(String(id.prefix(10)))["Id"]?.string == id)
        }

        @Test("wait: next-exit, removed, and a container that has exited")
        func waits() async throws {
            let id = try await daemon.create(#""Cmd":["sh","-c","exit 8"]"#)
            let api = daemon.api
            let next = Task { try await api.send("POST", "/containers/\(id)/wait?condition=next-exit") }
            let removed = Task { try await api.send("POST", "/containers/\(id)/wait?condition=removed") }
            // The waits stand before the start when the daemon has sent their heads, which only it can see: `removed` can't
            // come early, and next-exit of a container that has exited would wait for ever, so the start follows a round trip.
            _ = try await api.send("GET", "/_ping")
            #expect(try await status("POST", "/containers/\(id)/start") == 204)
            try await daemon.untilExited(id)
            #expect(try await api.send("POST", "/containers/\(id)/wait").json()["StatusCode"]?.int == 8)
            try await eventually("the waiters stand") { try await daemon.state(id, "Status")?.string == "exited" }
            #expect(try await status("DELETE", "/containers/\(id)") == 204)
            #expect(try await removed.value.json()["StatusCode"]?.int == 8)
            #expect(try await next.value.json()["StatusCode"]?.int == 8)
        }

        @Test("many at once")
        func many() async throws {
            let daemon = daemon
            try await withThrowingTaskGroup(of: Int32.self) { group in
                for number in 0..<12 {
                    group.addTask { try await daemon.runOnce(.docker, ["sh", "-c", "exit \(number)"]).exitCode - Int32(number) }
                }
                for try await difference in group { #expect(difference == 0) }
            }
        }
    }
}
