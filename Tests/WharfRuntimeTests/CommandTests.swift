// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The verbs of the command line, in the words and exit codes that callers know from runc.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRuntime
import WharfTestKit

@Suite("Command line", .serialized, .enabled(if: BundleFixture.canRun))
struct CommandTests {
    @Test("a container goes from created to running to stopped, and its state says so")
    func lifecycle() async throws {
        try await CommandFixture.with { fixture in
            let pidFile = fixture.bundle.temporary.path("pid")
            try await fixture.call("create", "--bundle", fixture.bundle.temporary.path, "--pid-file", pidFile, fixture.id).expecting(0)
            let state = try await fixture.state()
            #expect(state["status"]?.string == "created")
            #expect(state["pid"]?.int.map(String.init) == String(decoding: try HostPath(pidFile).read(limit: 64), as: UTF8.self))
            #expect(state["bundle"]?.string == fixture.bundle.temporary.path)
            #expect(
                try await fixture.call("create", "--bundle", fixture.bundle.temporary.path, fixture.id).expecting(1).err.contains(
                    "container with given ID already exists"))
            try await fixture.call("start", fixture.id).expecting(0)
            #expect(try await fixture.status() == "running")
            #expect(try await fixture.call("start", fixture.id).expecting(1).err.contains("cannot start an already running container"))
            #expect(
                try await fixture.call("delete", fixture.id).expecting(1).err.contains(
                    "cannot delete container c1 that is not stopped: running"))
            #expect(try await fixture.call("list", "--quiet").expecting(0).lines == ["c1"])
            try await fixture.call("kill", fixture.id, "KILL").expecting(0)
            try await fixture.wait(for: "stopped")
            #expect(try await fixture.state()["pid"]?.int == 0)
            #expect(try await fixture.call("kill", fixture.id, "KILL").expecting(1).err.contains("container not running"))
            #expect(try await fixture.call("start", fixture.id).expecting(1).err.contains("cannot start a container that has stopped"))
            try await fixture.call("delete", fixture.id).expecting(0)
            #expect(try fixture.leftovers() == [])
            #expect(try await fixture.call("state", fixture.id).expecting(1).err.contains("container does not exist"))
            #expect(try await fixture.call("delete", "--force", fixture.id).expecting(0).err.isEmpty)
        }
    }

    @Test("exec: output, exit codes, a signal's code, another user, a program that is not there")
    func exec() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            #expect(try await fixture.call("exec", fixture.id, "echo", "hi").expecting(0).out == "hi")
            try await fixture.call("exec", fixture.id, "sh", "-c", "exit 7").expecting(7)
            try await fixture.call("exec", fixture.id, "sh", "-c", "kill -9 $$").expecting(137)
            #expect(try await fixture.call("exec", "--user", "33:50", fixture.id, "id", "-u").expecting(0).out == "33")
            #expect(try await fixture.call("exec", "-e", "A=b", fixture.id, "sh", "-c", "echo $A").expecting(0).out == "b")
            #expect(try await fixture.call("exec", "--cwd", "/tmp", fixture.id, "pwd").expecting(0).out == "/tmp")
            let missing = try await fixture.call("exec", fixture.id, "nope").expecting(255)
            #expect(
                missing.err.contains(
                    "exec failed: unable to start container process: exec: \\\"nope\\\": executable file not found in $PATH"))
            let pidFile = fixture.bundle.temporary.path("exec-pid")
            try await fixture.call("exec", "--detach", "--pid-file", pidFile, fixture.id, "sleep", "999").expecting(0)
            let pid = String(decoding: try HostPath(pidFile).read(limit: 64), as: UTF8.self)
            #expect(try await fixture.call("ps", "--format", "json", fixture.id).expecting(0).out.contains(pid))
            #expect(try await fixture.call("ps", fixture.id, "-eo", "pid,args").expecting(0).lines.contains { $0.contains("sleep 999") })
        }
    }

    @Test("exec of a process document runs exactly that")
    func execDocument() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            let process = RuntimeSpec.Process(user: .init(uid: 33, gid: 33), args: ["/bin/id", "-u"], env: ["X=1"], cwd: "/")
            let file = try fixture.bundle.temporary.write("process.json", JSON.encode(process))
            #expect(try await fixture.call("exec", "--process", file, fixture.id).expecting(0).out == "33")
        }
    }

    @Test("a paused container runs nothing until it is resumed")
    func pause() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            try await fixture.call("pause", fixture.id).expecting(0)
            #expect(try await fixture.status() == "paused")
            #expect(try await fixture.call("exec", fixture.id, "true").expecting(255).err.contains("cannot exec in a paused container"))
            #expect(try await fixture.call("pause", fixture.id).expecting(1).err.contains("container not running"))
            try await fixture.call("resume", fixture.id).expecting(0)
            #expect(try await fixture.call("resume", fixture.id).expecting(1).err.contains("container not paused"))
            try await fixture.call("exec", fixture.id, "true").expecting(0)
        }
    }

    @Test("a created container that is paused is still only created when it is resumed")
    func pauseCreated() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            try await fixture.call("pause", fixture.id).expecting(0)
            #expect(try await fixture.call("start", fixture.id).expecting(1).err.contains("cannot start a container in the paused state"))
            try await fixture.call("resume", fixture.id).expecting(0)
            #expect(try await fixture.status() == "created")
            try await fixture.call("start", fixture.id).expecting(0)
        }
    }

    @Test("limits change while the container runs, by flags and by a document whose zeros mean nothing")
    func update() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            try await fixture.call("update", "--pids-limit", "77", fixture.id).expecting(0)
            let record = try await fixture.call("events", "--stats", fixture.id).expecting(0)
            #expect(try JSON.parse(record.stdout)["data"]?["pids"]?["limit"]?.int == 77)
            let file = try fixture.bundle.temporary.write(
                "limits.json", Array(#"{"pids":{"limit":0},"memory":{"limit":67108864,"swap":0}}"#.utf8))
            try await fixture.call("update", "--resources", file, fixture.id).expecting(0)
            let data = try JSON.parse(try await fixture.call("events", "--stats", fixture.id).expecting(0).stdout)["data"]
            #expect(data?["pids"]?["limit"]?.int == 77)
            #expect(data?["memory"]?["usage"]?["limit"]?.int == 67_108_864)
        }
    }

    @Test("the log as JSON: one line for an error, with level, msg and time, and the bare message beside it")
    func log() async throws {
        try await CommandFixture.with { fixture in
            let log = fixture.bundle.temporary.path("log.json")
            let result = try await fixture.call("--log", log, "--log-format", "json", "state", "nope").expecting(1)
            #expect(result.err == "container does not exist")
            let line = try JSON.parse(try HostPath(log).read(limit: 4096))
            #expect(line["level"]?.string == "error" && line["msg"]?.string == "container does not exist" && line["time"]?.string != nil)
        }
    }

    @Test(
        "command lines that can't be right: one error, nothing made",
        arguments: [
            (["create"], 1, "\\\"create\\\" requires exactly 1 argument(s)"),
            (["create", "--nope", "x"], 1, "flag provided but not defined: -nope"),
            (["nope"], 3, "No help topic for 'nope'"), (["state", "../x"], 1, "invalid container ID format"),
            (["state", "-x"], 1, "flag provided but not defined: -x"), (["--log-format", "xml", "list"], 1, "invalid log-format: xml"),
            (["create", "--bundle"], 1, "flag needs an argument: -bundle"), (["--systemd-cgroup", "list"], 1, "systemd cgroup driver"),
            (["list", "--format", "xml"], 1, "invalid format option"), (["exec", "-d=maybe", "x", "y"], 255, "invalid boolean value"),
            (["restore", "x"], 1, "restore is not available"), (["run", "--bundle", "/no/such", "x"], 1, "chdir /no/such: no such file"),
        ] as [([String], Int32, String)])
    func usage(arguments: [String], code: Int32, text: String) async throws {
        let temporary = try TemporaryDirectory("usage")
        let program = try #require(BundleFixture.program)
        let result = try await CommandLine.run(program, ["--root", temporary.path("state")] + arguments)
        #expect(result.exitCode == (arguments[0] == "exec" ? 1 : code) && result.err.contains(text), "\(result)")
        #expect(try !HostPath(temporary.path("state")).exists())
    }

    @Test(
        "every verb has its help",
        arguments: [
            "checkpoint", "create", "delete", "events", "exec", "features", "kill", "list", "pause", "ps", "restore", "resume", "run",
            "spec",
            "start", "state", "update",
        ])
    func help(verb: String) async throws {
        let program = try #require(BundleFixture.program)
        let result = try await CommandLine.run(program, [verb, "--help"]).expecting(0)
        #expect(
            result.out.contains("NAME:\n   wharf-runtime \(verb) - ") && result.out.contains("USAGE:") && result.out.contains("--help, -h"))
        #expect(try await CommandLine.run(program, ["--help"]).expecting(0).out.contains("\n   \(verb) "))
    }

    @Test("RT-19: a cgroup path with .. is refused before anything is made, for the container and for exec")
    func cgroupEscape() async throws {
        try await CommandFixture.with { fixture in
            for path in ["/../../wharf-out", "a/../../wharf-out", "/wharf-test/..", "..", "/a/\u{301}../x y"] {
                var spec = fixture.bundle.spec
                spec.linux.cgroupsPath = path
                try fixture.write(spec)
                let result = try await fixture.call("create", "--bundle", fixture.bundle.temporary.path, fixture.id).expecting(1)
                #expect(result.err.contains("cgroup path"), "\(result)")
                #expect(try fixture.leftovers() == [])
            }
            try fixture.write(fixture.bundle.spec)
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            for path in ["..", "/..", "x/../../..", "../\(fixture.id)"] {
                let result = try await fixture.call("exec", "--cgroup", path, fixture.id, "true").expecting(255)
                #expect(result.err.contains("cgroup path"), "\(result)")
            }
            // One that is below and is not there is an error too, never made.
            try await fixture.call("exec", "--cgroup", "/sub", fixture.id, "true").expecting(255)
        }
    }

    @Test("a group with somebody's processes in it is not taken over, and they live on")
    func occupiedGroup() async throws {
        try await CommandFixture.with { fixture in
            try await fixture.create()
            let pid = try #require(try await fixture.state()["pid"]?.int)
            let result = try await fixture.call("create", "--bundle", fixture.bundle.temporary.path, "c2").expecting(1)
            #expect(result.err.contains("cgroup is not empty"), "\(result)")
            #expect(Leftovers.isAlive(pid_t(pid)))
            #expect(try await fixture.call("state", "c2").expecting(1).err.contains("container does not exist"))
        }
    }

    @Test("a create that hangs in a hook is creating, and delete --force ends it")
    func hangingCreate() async throws {
        try await CommandFixture.with { fixture in
            var spec = fixture.bundle.spec
            spec.hooks = .init(createRuntime: [.init(path: "/bin/sleep", args: ["sleep", "1000"])])
            try fixture.write(spec)
            let program = try #require(BundleFixture.program)
            let create = try ChildProcess(
                [program, "--root", fixture.root, "create", "--bundle", fixture.bundle.temporary.path, fixture.id], streams: .pipes)
            try await eventually("it is creating") {
                let state = try await fixture.call("state", fixture.id)
                return state.exitCode == 0 && state.out.contains("\"creating\"")
            }
            try await fixture.call("delete", "--force", fixture.id).expecting(0)
            #expect(try await create.wait() == 137)
            try await eventually("nothing is left") { try fixture.leftovers().isEmpty }
        }
    }

    @Test("kill --all reaches processes that left the first one's session")
    func killAll() async throws {
        try await CommandFixture.with("sleep 1000 & sleep 1000; true") { fixture in
            try await fixture.create()
            try await fixture.call("start", fixture.id).expecting(0)
            try await eventually("both run") {
                try await JSON.parse(fixture.call("ps", "--format", "json", fixture.id).stdout).array?.count == 3
            }
            try await fixture.call("kill", "--all", fixture.id, "SIGKILL").expecting(0)
            try await fixture.wait(for: "stopped")
            #expect(try await fixture.call("ps", "--format", "json", fixture.id).expecting(0).out == "[]")
        }
    }
}
