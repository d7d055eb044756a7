// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The one process that nothing may lose is lost: what the daemon makes of it, at once and when it was down itself.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Shim death", .containers, .enabled(if: Programs.reference == nil))
    struct ShimDeathTests {
        /// What must hold of a container whose shim died.
        private func expectDeath(_ daemon: DaemonFixture, _ name: String, initProcess: pid_t) async throws {
            let state = try await eventually("it has exited") {
                let state = try await daemon.inspect(name)["State"]
                return state?["Status"]?.string == "exited" ? state : nil
            }
            #expect(state["ExitCode"]?.int == 137)
            #expect(state["Error"]?.string?.contains("shim") == true, "\(state["Error"]?.string ?? "")")
            #expect(state["Running"]?.bool == false)
            try await eventually("its processes, cgroups and mounts are gone") {
                !Leftovers.isAlive(initProcess) && daemon.leftovers().isEmpty
            }
            let id = try await daemon.inspect(name)["Id"]?.string ?? ""
            #expect(try await daemon.events(of: id).filter { $0["Action"]?.string == "die" }.count == 1)
            #expect(try await daemon.docker("wait", name).out == "137")
        }

        @Test("kill -9 of a shim")
        func killed() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "orphan", [], "echo said; sleep 1000 & sleep 1000 & wait")
                let pid = try await daemon.initProcess(of: name)
                let id = try await daemon.inspect(name)["Id"]?.string ?? ""
                let exec = try daemon.start(.docker, ["exec", name, "sh", "-c", "echo ready; sleep 1000"], streams: .pipes)
                try await exec.output.wait(for: "ready")
                kill(try await daemon.shim(of: name), SIGKILL)
                try await expectDeath(daemon, name, initProcess: pid)
                #expect(try await exec.wait() != 0)
                #expect(try await daemon.docker("logs", name).out == "said")
                // It is a container like any other that has exited.
                try await daemon.docker("start", name)
                #expect(try await daemon.state(name, "Error")?.string == "")
                try await daemon.docker("rm", "-f", name)
                #expect(try await daemon.api.send("GET", "/containers/\(id)/json").status == 404)
            }
        }

        @Test("kill -9 of a shim of a --rm container")
        func killedAutoRemove() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "orphan", ["--rm"])
                let pid = try await daemon.initProcess(of: name)
                kill(try await daemon.shim(of: name), SIGKILL)
                try await eventually("it is removed") { try await daemon.api.send("GET", "/containers/\(name)/json").status == 404 }
                try await eventually("nothing is left") { !Leftovers.isAlive(pid) && daemon.leftovers().isEmpty }
            }
        }

        @Test("kill -9 of a shim while the daemon is down")
        func killedMeanwhile() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "orphan", [], "sleep 1000 & sleep 1000 & wait")
                let other = try await daemon.runBeside(.docker, "lives")
                let pid = try await daemon.initProcess(of: name)
                let shim = try await daemon.shim(of: name)
                try await daemon.kill()
                kill(shim, SIGKILL)
                try await eventually("the shim has ended") { !Leftovers.isAlive(shim) }
                try await daemon.start()
                #expect(try await daemon.state(other, "Running")?.bool == true)
                try await daemon.docker("rm", "-f", other)
                try await expectDeath(daemon, name, initProcess: pid)
            }
        }

        @Test("kill -9 of a shim whose container another runtime made", arguments: TestedRuntimes.others.map(\.name), [false, true])
        func killedBesideOther(runtime: String, isDown: Bool) async throws {
            try await DaemonFixture.with(TestedRuntimes.options) { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "orphan", ["--runtime", runtime], "sleep 1000 & sleep 1000 & wait")
                let pid = try await daemon.initProcess(of: name)
                let shim = try await daemon.shim(of: name)
                if isDown { try await daemon.kill() }
                kill(shim, SIGKILL)
                if isDown {
                    try await eventually("the shim has ended") { !Leftovers.isAlive(shim) }
                    try await daemon.start()
                }
                // Its groups in every hierarchy too, also where no limit is.
                try await expectDeath(daemon, name, initProcess: pid)
                try await daemon.docker("start", name)
                #expect(try await daemon.state(name, "Running")?.bool == true)
                try await daemon.docker("rm", "-f", name)
                #expect(daemon.leftovers().isEmpty)
            }
        }

        @Test("a shim that nobody owns is ended")
        func unowned() async throws {
            try await DaemonFixture.with { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "unowned")
                let shim = try await daemon.shim(of: name)
                let id = try await daemon.inspect(name)["Id"]?.string ?? ""
                try await daemon.stop()
                try await daemon.sql("DELETE FROM rows WHERE id = '\(id)'")
                try await daemon.start()
                try await eventually("the shim and what it held are gone") { !Leftovers.isAlive(shim) && daemon.leftovers().isEmpty }
            }
        }
    }
}
