// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Restart policies, health checks, log drivers and explanations with real containers and docker's client.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Policies", .containers)
    struct PolicyTests {
        private func withDaemon(_ arguments: [String] = [], _ body: (DaemonFixture) async throws -> Void) async throws {
            try await DaemonFixture.with(.init(arguments: arguments)) { daemon in
                try await daemon.load()
                try await body(daemon)
            }
        }

        private func run(_ daemon: DaemonFixture, _ name: String, _ options: [String], _ command: [String]) async throws {
            _ = try await daemon.run(
                .docker, ["run", "-d", "--name", name, "--network", "none"] + options + ["busybox"] + command
            ).expecting(0)
        }

        @Test("on-failure:2 tries twice more, always goes on until it is stopped, a signal by hand ends it")
        func restarts() async throws {
            try await withDaemon { daemon in
                try await run(daemon, "twice", ["--restart", "on-failure:2"], ["sh", "-c", "exit 7"])
                try await eventually("it has given up") {
                    let inspect = try await daemon.inspect("twice")
                    return inspect["State"]?["Status"]?.string == "exited" && inspect["RestartCount"]?.int == 2
                }
                #expect(try await daemon.state("twice", "ExitCode")?.int == 7)
                try await run(daemon, "always", ["--restart", "always"], ["sh", "-c", "exit 5"])
                try await eventually("it is between two runs") {
                    let state = try await daemon.inspect("always")["State"]
                    return state?["Status"]?.string == "restarting" && state?["Running"]?.bool == true && state?["Restarting"]?.bool == true
                }
                let refused = try await daemon.run(.docker, ["rm", "always"])
                #expect(refused.exitCode != 0)
                try await daemon.docker("stop", "always")
                #expect(try await daemon.state("always", "Status")?.string == "exited")
                #expect(try await daemon.state("always", "ExitCode")?.int == 5)
                try await run(
                    daemon, "hand", ["--restart", "always"], ["sh", "-c", "trap 'exit 3' HUP; echo up; while :; do sleep 0.05; done"])
                try await eventually("it has its trap") { try await daemon.docker("logs", "hand").out == "up" }
                try await daemon.docker("kill", "-s", "HUP", "hand")
                try await eventually("it has ended") { try await daemon.state("hand", "Status")?.string == "exited" }
                #expect(try await daemon.state("hand", "ExitCode")?.int == 3)
                try await daemon.docker("rm", "-f", "twice", "always", "hand")
            }
        }

        @Test("a daemon that comes back starts what should run", .enabled(if: Programs.reference == nil))
        func withDaemon() async throws {
            try await withDaemon { daemon in
                for name in ["always", "unless-stopped", "on-failure"] {
                    try await run(daemon, name, ["--restart", name], ["sleep", "1000"])
                    try await daemon.docker("stop", "-t", "0", name)
                }
                let folder = try TemporaryDirectory("go")
                try await run(
                    daemon, "meanwhile", ["--restart", "always", "-v", "\(folder.path):/go"],
                    ["sh", "-c", "while [ ! -e /go/now ]; do sleep 0.05; done; rm /go/now; exit 9"])
                let pid = try await daemon.initProcess(of: "meanwhile")
                try await daemon.kill()
                try folder.write("now", [])
                try await eventually("it has ended") { !Leftovers.isAlive(pid) }
                try await daemon.start()
                try await eventually("always runs") { try await daemon.state("always", "Status")?.string == "running" }
                try await eventually("on-failure runs") { try await daemon.state("on-failure", "Status")?.string == "running" }
                try await eventually("what ended meanwhile runs again") {
                    try await daemon.state("meanwhile", "Status")?.string == "running"
                }
                #expect(try await daemon.state("unless-stopped", "Status")?.string == "exited")
                let id = try #require(try await daemon.inspect("meanwhile")["Id"]?.string)
                let actions = try await daemon.events(of: id).compactMap { $0["Action"]?.string }
                #expect(actions == ["create", "start", "die", "start"])
                #expect(try await daemon.inspect("meanwhile")["RestartCount"]?.int == 1)
            }
        }

        @Test(
            "live-restore false: the daemon's end is the containers', and the next one starts them", .enabled(if: Programs.reference == nil)
        )
        func shutdown() async throws {
            let configuration = try TemporaryDirectory("configuration")
            try configuration.write("daemon.json", Array(#"{"live-restore": false, "shutdown-timeout": 5}"#.utf8))
            try await withDaemon(["--config", configuration.path("daemon.json")]) { daemon in
                try await run(daemon, "policy", ["--restart", "unless-stopped", "--stop-timeout", "1"], ["sleep", "1000"])
                try await run(daemon, "plain", ["--stop-timeout", "1"], ["sleep", "1000"])
                let pids = [try await daemon.initProcess(of: "policy"), try await daemon.initProcess(of: "plain")]
                #expect(try await daemon.stop() == 0)
                #expect(!pids.contains(where: Leftovers.isAlive))
                try await daemon.start()
                try await eventually("the policy acts") { try await daemon.state("policy", "Status")?.string == "running" }
                #expect(try await daemon.state("plain", "Status")?.string == "exited")
            }
        }

        @Test("health: starting, unhealthy with the output, healthy; a timeout; in ps and as events")
        func health() async throws {
            try await withDaemon { daemon in
                try await run(
                    daemon, "probed",
                    ["--health-cmd", "echo out; test -e /ok", "--health-interval", "100ms", "--health-retries", "2"], ["sleep", "1000"])
                try await eventually("it is unhealthy") {
                    try await daemon.docker("ps", "--format", "{{.Status}}").out.contains("(unhealthy)")
                }
                let first = try #require(try await daemon.inspect("probed")["State"]?["Health"]?["Log"]?.array?.first)
                #expect(first["ExitCode"]?.int == 1 && first["Output"]?.string == "out\n")
                try await daemon.docker("exec", "probed", "touch", "/ok")
                try await eventually("it is healthy") {
                    try await daemon.docker("ps", "--filter", "health=healthy", "--format", "{{.Names}}").out == "probed"
                }
                let id = try #require(try await daemon.inspect("probed")["Id"]?.string)
                let actions = try await daemon.events(of: id).compactMap { $0["Action"]?.string }
                #expect(actions.filter { $0.hasPrefix("health_status") } == ["health_status: unhealthy", "health_status: healthy"])
                #expect(actions.contains("exec_start: /bin/sh -c echo out; test -e /ok"))
                try await run(
                    daemon, "slow",
                    ["--health-cmd", "sleep 100", "--health-interval", "100ms", "--health-timeout", "300ms", "--health-retries", "1"],
                    ["sleep", "1000"])
                try await eventually("the slow probe is given up") {
                    try await daemon.inspect("slow")["State"]?["Health"]?["Status"]?.string == "unhealthy"
                }
                let slow = try #require(try await daemon.inspect("slow")["State"]?["Health"]?["Log"]?.array?.first)
                #expect(slow["ExitCode"]?.int == -1 && slow["Output"]?.string?.hasPrefix("Health check exceeded timeout (300ms)") == true)
                try await daemon.docker("rm", "-f", "probed", "slow")
            }
        }

        @Test("local: both streams come back, also from the end and while it goes on")
        func localLog() async throws {
            try await withDaemon { daemon in
                try await run(
                    daemon, "local", ["--log-driver", "local", "--log-opt", "max-size=20k", "--log-opt", "max-file=2"],
                    ["sh", "-c", "seq 5000; echo err >&2; sleep 0.2; echo last"])
                let follower = try await daemon.run(.docker, ["logs", "-f", "local"]).expecting(0)
                #expect(follower.lines.last == "last")
                try await daemon.untilExited("local")
                #expect(try await daemon.docker("logs", "--tail", "2", "local").out == "last")
                #expect(try await daemon.run(.docker, ["logs", "--tail", "2", "local"]).err == "err")
            }
        }

        @Test("labels, variables and tag stand beside each line", .enabled(if: Programs.canRunContainers))
        func details() async throws {
            try await withDaemon { daemon in
                try await run(
                    daemon, "named",
                    ["-l", "foo=bar", "-e", "X=1", "--log-opt", "labels=foo", "--log-opt", "env=X", "--log-opt", "tag={{.Name}}/a"],
                    ["echo", "hi"])
                try await daemon.untilExited("named")
                #expect(try await daemon.docker("logs", "--details", "named").out == "X=1,foo=bar,tag=named%2Fa hi")
                #expect(try await daemon.docker("logs", "named").out == "hi")
            }
        }

        @Test("why: by itself, by stop, for want of memory; and with the last lines", .enabled(if: Programs.reference == nil))
        func why() async throws {
            try await withDaemon { daemon in
                try await run(daemon, "itself", [], ["sh", "-c", "seq 30; exit 4"])
                try await daemon.untilExited("itself")
                try await eventually("it is explained") { try await daemon.wharf("why", "itself").out.contains("by itself with code 4") }
                let itself = try await daemon.wharf("why", "itself").lines
                #expect(itself.suffix(20).map { $0.trimmingCharacters(in: .whitespaces) } == (11...30).map(String.init))
                try await run(daemon, "stopped", [], ["sleep", "1000"])
                try await daemon.docker("stop", "-t", "0", "stopped")
                #expect(try await daemon.wharf("why", "stopped").out.contains("SIGKILL ended it, sent by stop"))
                try await run(daemon, "hungry", ["-m", "10m", "--memory-swap", "10m"], ["sh", "-c", "x=a; while :; do x=$x$x; done"])
                try await daemon.untilExited("hungry")
                let reply = try await daemon.api.send("GET", "/containers/hungry/why").json().array?.first
                #expect(reply?["OutOfMemory"]?["Limit"]?.int == 10 << 20)
                #expect((reply?["OutOfMemory"]?["Peak"]?.int ?? 0) > 5 << 20)
                #expect(reply?["Reason"]?.string?.hasPrefix("the kernel killed for want of memory: ") == true)
                #expect(try await daemon.api.send("GET", "/containers/nobody/why").status == 404)
            }
        }
    }
}
