// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The daemon goes and comes back: no container stops, no line is lost, no exit code is forgotten.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Daemon restart", .containers, .enabled(if: Programs.reference == nil))
    struct RestartTests {
        private func withDaemon(_ body: (DaemonFixture) async throws -> Void) async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                try await body(daemon)
            }
        }

        @Test("kill -9 while a container writes: every line once, in order, and the right code")
        func killedWhileWriting() async throws {
            try await withDaemon { daemon in
                let script = "i=0; while [ $i -lt 30000 ]; do echo line $i; i=$((i+1)); [ $((i % 500)) = 0 ] && sleep 0.05; done; exit 17"
                let name = try await daemon.runBeside(.docker, "writer", [], script)
                let pid = try await daemon.initProcess(of: name)
                try await eventually("some lines are logged") { try await daemon.docker("logs", "--tail", "1", name).out != "" }
                try await daemon.kill()
                #expect(kill(pid, 0) == 0)
                try await daemon.start()
                #expect(try await daemon.api.send("POST", "/containers/\(name)/wait").json()["StatusCode"]?.int == 17)
                let expected = (0..<30_000).map { "line \($0)" }
                #expect(try await daemon.wharf("logs", name).lines == expected)
                #expect(try await daemon.docker("logs", name).lines == expected)
            }
        }

        @Test("killed several times in a row")
        func killedOften() async throws {
            try await withDaemon { daemon in
                let script = "i=0; while [ $i -lt 4000 ]; do echo $i; i=$((i+1)); [ $((i % 100)) = 0 ] && sleep 0.1; done; exit 5"
                let name = try await daemon.runBeside(.docker, "writer", [], script)
                for _ in 0..<4 {
                    try await daemon.kill()
                    try await daemon.start()
                }
                #expect(try await daemon.wharf("wait", name).out == "5")
                #expect(try await daemon.wharf("logs", name).lines == (0..<4000).map(String.init))
            }
        }

        @Test("a container that exits while the daemon is down: code, time, and --rm")
        func exitsMeanwhile() async throws {
            try await withDaemon { daemon in
                let folder = try TemporaryDirectory("go")
                let script = "while [ ! -e /go/now ]; do sleep 0.05; done; echo last words; exit 23"
                let kept = try await daemon.runBeside(.docker, "kept", ["-v", "\(folder.path):/go"], script)
                let removed = try await daemon.runBeside(.docker, "removed", ["--rm", "-v", "\(folder.path):/go"], script)
                let pids = [try await daemon.initProcess(of: kept), try await daemon.initProcess(of: removed)]
                try await daemon.kill()
                try folder.write("now", [])
                try await eventually("both have exited") { !pids.contains(where: Leftovers.isAlive) }
                let before = Timestamp.now()
                try await daemon.start()
                let state = try await daemon.inspect(kept)["State"]
                #expect(state?["Status"]?.string == "exited")
                #expect(state?["ExitCode"]?.int == 23)
                let finished = try #require(state?["FinishedAt"]?.string.flatMap { Timestamp(rfc3339: $0) })
                #expect(finished < before)
                #expect(try await daemon.docker("logs", kept).out == "last words")
                #expect(try await daemon.docker("wait", kept).out == "23")
                try await eventually("--rm is done") { try await daemon.api.send("GET", "/containers/\(removed)/json").status == 404 }
                let id = try #require(try await daemon.inspect(kept)["Id"]?.string)
                #expect(try await daemon.events(of: id).filter { $0["Action"]?.string == "die" }.count == 1)
            }
        }

        @Test("SIGTERM ends the daemon, not the containers; afterwards everything works on them")
        func politeStop() async throws {
            try await withDaemon { daemon in
                let name = try await daemon.runBeside(.docker, "stays", ["-i"], "while read line; do echo got $line; done")
                let created = try await daemon.create(#""Cmd":["echo","later"]"#, name: unique("later"))
                let pid = try await daemon.initProcess(of: name)
                let started = try await daemon.state(name, "StartedAt")?.string
                #expect(try await daemon.stop() == 0)
                #expect(kill(pid, 0) == 0)
                try await daemon.start()
                #expect(try await daemon.initProcess(of: name) == pid)
                #expect(try await daemon.state(name, "StartedAt")?.string == started)
                #expect(try await daemon.docker("exec", name, "echo", "in").out == "in")
                let attached = try daemon.start(.wharf, ["attach", name], streams: .pipes)
                try attached.send("word\n")
                try await attached.output.wait(for: "got word")
                #expect(try await daemon.run(.docker, ["start", "-a", created]).expecting().out == "later")
                try await daemon.docker("stop", "-t", "1", name)
                #expect(try await daemon.state(name, "Status")?.string == "exited")
                try await daemon.docker("rm", name)
            }
        }

        @Test("an exec goes on over a restart, and a follower of the log can come back")
        func execGoesOn() async throws {
            try await withDaemon { daemon in
                let name = try await daemon.runBeside(.docker, "exec")
                try await daemon.docker("exec", "-d", name, "sh", "-c", "while [ ! -e /go ]; do sleep 0.05; done; echo ok > /done")
                try await daemon.kill()
                try await daemon.start()
                try await daemon.docker("exec", name, "touch", "/go")
                try await eventually("the exec ends its work") {
                    try await daemon.run(.docker, ["exec", name, "cat", "/done"]).out == "ok"
                }
            }
        }

        @Test("images and names are as before")
        func keepsImages() async throws {
            try await withDaemon { daemon in
                try await daemon.docker("tag", "busybox", "mine:3")
                // Sorted, because docker's client shuffles the names of one image.
                func images() async throws -> [String] { try await daemon.docker("images", "--no-trunc").lines.sorted() }
                let before = try await images()
                try await daemon.kill()
                try await daemon.start()
                #expect(try await images() == before)
                #expect(try await daemon.wharf("run", "--rm", "--network", "none", "mine:3", "echo", "hi").out == "hi")
            }
        }
    }
}
