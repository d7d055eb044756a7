// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `inspect`: the document that tools read, at each point of a container's life.

import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Inspect", .containers, .daemon)
    struct InspectTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("the document keeps what create was told")
        func configuration() async throws {
            let members = #""Cmd":["sleep","1000"],"Env":["A=b"],"Labels":{"l":"m"},"WorkingDir":"/var","Hostname":"ship","User":"1000""#
            let id = try await daemon.create(
                members, host: #""Memory":33554432,"PidsLimit":50,"ReadonlyRootfs":true,"Binds":["/tmp:/host:ro"]"#)
            let document = try await daemon.inspect(id)
            #expect(document["Id"]?.string == id)
            #expect(document["Path"]?.string == "sleep")
            #expect(document["Args"]?[0]?.string == "1000")
            #expect(document["Image"]?.string?.hasPrefix("sha256:") == true)
            #expect(document["RestartCount"]?.int == 0)
            let config = document["Config"]
            #expect(config?["Image"]?.string == "busybox")
            #expect(config?["Env"]?.array?.contains(.string("A=b")) == true)
            #expect(config?["Env"]?.array?.contains { $0.string?.hasPrefix("PATH=") == true } == true)
            #expect(config?["Labels"]?["l"]?.string == "m")
            #expect(config?["Hostname"]?.string == "ship")
            let host = document["HostConfig"]
            #expect(host?["Memory"]?.int == 33_554_432)
            #expect(host?["PidsLimit"]?.int == 50)
            #expect(host?["ReadonlyRootfs"]?.bool == true)
            #expect(host?["NetworkMode"]?.string == "none")
            #expect(["host", "private"].contains(host?["CgroupnsMode"]?.string))
            let mount = document["Mounts"]?[0]
            #expect(mount?["Source"]?.string == "/tmp")
            #expect(mount?["Destination"]?.string == "/host")
            #expect(mount?["RW"]?.bool == false)
        }

        @Test("the state as it changes")
        func states() async throws {
            let id = try await daemon.create(#""Cmd":["sh","-c","trap 'exit 2' TERM; while :; do sleep 0.1; done"]"#)
            let created = try await daemon.inspect(id)["State"]
            #expect(created?["Status"]?.string == "created")
            #expect(created?["Pid"]?.int == 0)
            #expect(created?["StartedAt"]?.string == "0001-01-01T00:00:00Z")
            #expect(try await daemon.api.send("POST", "/containers/\(id)/start").status == 204)
            let running = try await daemon.inspect(id)["State"]
            #expect(running?["Status"]?.string == "running")
            #expect(running?["Running"]?.bool == true)
            #expect(running?["Pid"]?.int ?? 0 > 1)
            #expect(running?["StartedAt"]?.string?.hasPrefix("20") == true)
            #expect(running?["FinishedAt"]?.string == "0001-01-01T00:00:00Z")
            #expect(try await daemon.api.send("POST", "/containers/\(id)/stop").status == 204)
            let exited = try await daemon.inspect(id)["State"]
            #expect(exited?["Status"]?.string == "exited")
            #expect(exited?["Running"]?.bool == false)
            #expect(exited?["ExitCode"]?.int == 2)
            #expect(exited?["Pid"]?.int == 0)
            #expect(exited?["FinishedAt"]?.string ?? "" > running?["StartedAt"]?.string ?? "~")
        }

        @Test("--format and several names by client", arguments: Client.tested)
        func format(client: Client) async throws {
            let first = try await daemon.runBeside(client, "inspect", ["-l", "a=b"])
            let second = try await daemon.runBeside(client, "inspect")
            let format = "{{.Name}} {{.State.Status}} {{index .Config.Labels \"a\"}}"
            #expect(try await daemon.run(client, ["inspect", "-f", format, first]).expecting().out == "/\(first) running b")
            let both = try await daemon.run(client, ["inspect", first, second]).expecting()
            #expect(try JSON.parse(both.stdout).array?.count == 2)
            #expect(try await daemon.run(client, ["inspect", "-f", "{{json .State.Running}}", first]).expecting().out == "true")
            let missing = try await daemon.run(client, ["inspect", "nobody"])
            #expect(missing.exitCode == 1)
            #expect(missing.err.lowercased().contains("no such object: nobody"))
        }

        @Test("a failed start leaves a container that says why")
        func failedStart() async throws {
            let id = try await daemon.create(#""Cmd":["no-such-command"]"#)
            let start = try await daemon.api.send("POST", "/containers/\(id)/start")
            #expect(start.status == 400)
            #expect(start.message.contains(#"exec: "no-such-command": executable file not found in $PATH"#))
            let state = try await daemon.inspect(id)["State"]
            #expect(state?["Running"]?.bool == false)
            #expect(state?["ExitCode"]?.int == 127)
            #expect(state?["Error"]?.string?.contains("executable file not found") == true)
            #expect(try await daemon.api.send("DELETE", "/containers/\(id)").status == 204)
        }
    }
}
