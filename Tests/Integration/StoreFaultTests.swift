// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Roots that are long, shared or damaged.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Store faults", .containers, .enabled(if: Programs.reference == nil))
    struct StoreFaultTests {
        @Test("a second daemon on the same root is refused, and the first goes on")
        func secondDaemon() async throws {
            try await DaemonFixture.with { daemon in
                let folder = try TemporaryDirectory("second")
                let second = try ChildProcess(daemon.arguments(socket: folder.path("other.sock")), streams: .pipes)
                #expect(try await second.wait() != 0)
                try await second.output.waitForEnd()
                #expect(second.output.text.contains(daemon.root), "\(second.output.text)")
                #expect(try await daemon.api.send("GET", "/_ping").status == 200)
            }
        }

        @Test("a root of 150 bytes works, and so does a restart on it")
        func longRoot() async throws {
            try await DaemonFixture.with(.init(rootLength: 150)) { daemon in
                #expect(daemon.root.utf8.count >= 145)
                try await daemon.load()
                for client in Client.allCases { #expect(try await daemon.runOnce(client, ["echo", "far"]).expecting().out == "far") }
                let name = try await daemon.runBeside(.wharf, "far")
                try await daemon.kill()
                try await daemon.start()
                #expect(try await daemon.wharf("exec", name, "echo", "still").out == "still")
                try await daemon.wharf("rm", "-f", name)
                #expect(daemon.leftovers().isEmpty)
            }
        }

        @Test("a row that can't be read is set aside and reported, never deleted; the others live")
        func undecodableRow() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let good = try await daemon.runBeside(.docker, "good")
                let bad = try await daemon.create(name: unique("bad"))
                try await daemon.stop()
                try await daemon.sql("UPDATE rows SET document = CAST('{\"half\":' AS BLOB) WHERE id = '\(bad)'")
                try await daemon.start()
                #expect(try await daemon.state(good, "Running")?.bool == true)
                #expect(try await daemon.api.send("GET", "/containers/\(bad)/json").status == 404)
                #expect(try await daemon.sql("SELECT id, CAST(document AS TEXT) FROM set_aside").contains("{\"half\":"))
                #expect(try await daemon.sql("SELECT id FROM set_aside").contains(bad))
                #expect(daemon.log.contains(String(bad.prefix(12))), "\(daemon.log)")
            }
        }

        @Test(
            "a database that can't be read is renamed, and what runs is found again", arguments: ["garbage", "truncated", "empty folder"])
        func unreadableDatabase(kind: String) async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "survivor", [], "trap 'exit 4' TERM; while :; do sleep 0.1; done")
                let pid = try await daemon.initProcess(of: name)
                let id = try await daemon.inspect(name)["Id"]?.string ?? ""
                try await daemon.stop()
                let database = URL(fileURLWithPath: daemon.root).appendingPathComponent("wharf.db")
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: database.path + suffix) }
                let whole = try Data(contentsOf: database)
                switch kind {
                case "garbage": try Data(repeating: 0x5a, count: whole.count).write(to: database)
                case "truncated": try whole.prefix(whole.count / 2 + 100).write(to: database)
                default: try FileManager.default.removeItem(at: database)
                }
                try await daemon.start()
                let files = try FileManager.default.contentsOfDirectory(atPath: daemon.root)
                if kind != "empty folder" { #expect(files.contains { $0.hasPrefix("wharf.db.") }, "\(files)") }
                #expect(kill(pid, 0) == 0)
                #expect(try await daemon.initProcess(of: id) == pid)
                try await daemon.docker("stop", id)
                #expect(try await daemon.state(id, "ExitCode")?.int == 4)
                try await daemon.docker("rm", id)
            }
        }

        @Test("half-written files of an earlier crash are no obstacle")
        func debris() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "debris", [], "exit 3")
                try await daemon.untilExited(name)
                let id = try await daemon.inspect(name)["Id"]?.string ?? ""
                try await daemon.kill()
                try Data("{\"exit".utf8).write(to: URL(fileURLWithPath: "\(daemon.root)/containers/\(id)/exit.new"))
                try FileManager.default.createDirectory(
                    atPath: "\(daemon.root)/containers/\(String(repeating: "0", count: 64))", withIntermediateDirectories: true)
                try await daemon.start()
                #expect(try await daemon.state(name, "ExitCode")?.int == 3)
                #expect(try await daemon.runOnce(.docker, ["echo", "hi"]).expecting().out == "hi")
            }
        }
    }
}

extension DaemonFixture {
    /// Asks or changes wharf.db from outside, with the sqlite of Debian's python.
    @discardableResult
    func sql(_ statement: String) async throws -> String {
        let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute(sys.argv[2]).fetchall()); c.commit()"
        return try await CommandLine.run("/usr/bin/python3", ["-c", script, "\(root)/wharf.db", statement]).expecting().out
    }
}
