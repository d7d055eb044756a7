// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The same cases for every OCI runtime: the built-in one, wharf-runtime as a program of its own, runc, and whatever else
// the variable WHARF_TEST_RUNTIMES names (`crun=/usr/bin/crun,…`). What a container does must not tell which it was.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

/// The runtimes that are tested here, by name.
enum TestedRuntimes {
    /// Name and path of all but the built-in one.
    static let others: [(name: String, path: String)] = {
        if let text = ProcessInfo.processInfo.environment["WHARF_TEST_RUNTIMES"] {
            return text.split(separator: ",").compactMap { entry in
                let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
                return parts.count == 2 ? (parts[0], parts[1]) : nil
            }
        }
        let candidates = [("runc", "/usr/sbin/runc"), ("own", Programs.runtime)]
        return candidates.filter { FileManager.default.isExecutableFile(atPath: $0.1) }
    }()

    static let names = ["wharf-runtime"] + others.map(\.name)

    static var options: DaemonFixture.Options {
        var options = DaemonFixture.Options()
        options.arguments = others.flatMap { ["--add-runtime", "\($0.name)=\($0.path)"] }
        return options
    }
}

/// One thing that a container does, and what is to be seen of it.
private struct RuntimeCase: Sendable, CustomStringConvertible {
    let description: String
    var options: [String] = []
    let command: [String]
    var input: String?
    var out = ""
    /// Somewhere in standard error.
    var complaint = ""
    var exitCode: Int32 = 0

    static let all: [RuntimeCase] = [
        RuntimeCase(description: "output", command: ["sh", "-c", "echo out; exit 7"], out: "out", exitCode: 7),
        RuntimeCase(description: "errors", command: ["sh", "-c", "echo err >&2; exit 3"], complaint: "err", exitCode: 3),
        RuntimeCase(
            description: "a missing program", command: ["nothing"],
            complaint: #"exec: "nothing": executable file not found in $PATH"#, exitCode: 127),
        RuntimeCase(description: "no program", command: ["/etc/not-executable"], complaint: "permission denied", exitCode: 126),
        RuntimeCase(description: "a directory", command: ["/etc"], complaint: "permission denied", exitCode: 126),
        RuntimeCase(description: "an unknown user", options: ["-u", "nobody9"], command: ["id"], complaint: "nobody9", exitCode: 125),
        RuntimeCase(description: "a user by name", options: ["-u", "sailor"], command: ["id", "-un"], out: "sailor"),
        RuntimeCase(
            description: "a user by number", options: ["-u", "4711:4712"], command: ["sh", "-c", "id -u; id -G"], out: "4711\n4712"),
        RuntimeCase(description: "a working directory that is made", options: ["-w", "/made/here"], command: ["pwd"], out: "/made/here"),
        RuntimeCase(description: "environment", options: ["-e", "A=b c"], command: ["sh", "-c", "echo \"$A\""], out: "b c"),
        RuntimeCase(description: "input", options: ["-i"], command: ["cat"], input: "typed\n", out: "typed"),
        RuntimeCase(description: "a terminal", options: ["-t"], command: ["tty"], out: "/dev/pts/0"),
        RuntimeCase(
            description: "a read-only root", options: ["--read-only"], command: ["touch", "/x"], complaint: "Read-only file system",
            exitCode: 1),
        RuntimeCase(description: "a host name", options: ["-h", "ship"], command: ["hostname"], out: "ship"),
        RuntimeCase(description: "a signal", command: ["sh", "-c", "sh -c 'kill -9 $$'; exit $?"], exitCode: 137),
        RuntimeCase(
            description: "no capabilities", options: ["--cap-drop", "ALL"], command: ["grep", "CapEff", "/proc/self/status"],
            out: "CapEff:\t0000000000000000"),
        RuntimeCase(description: "a filter", command: ["grep", "Seccomp:", "/proc/self/status"], out: "Seccomp:\t2"),
        RuntimeCase(
            description: "a limit of processes", options: ["--pids-limit", "77"],
            command: ["sh", "-c", "cd /sys/fs/cgroup; cat pids.max pids/pids.max 2>/dev/null; true"], out: "77"),
    ]
}

extension Integration {
    @Suite("Other runtimes", .containers, .enabled(if: Programs.reference == nil), OtherRuntimesTrait())
    struct OtherRuntimeTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("what a container shows", arguments: TestedRuntimes.names)
        func cases(runtime: String) async throws {
            for one in RuntimeCase.all {
                let result = try await daemon.runOnce(
                    .docker, options: ["--runtime", runtime] + one.options, one.command, stdin: one.input.map { Array($0.utf8) })
                #expect(result.exitCode == one.exitCode, "\(one): \(result)")
                #expect(result.out == one.out, "\(one): \(result)")
                #expect(one.complaint.isEmpty || result.err.contains(one.complaint), "\(one): \(result)")
            }
        }

        @Test("exec", arguments: TestedRuntimes.names)
        func exec(runtime: String) async throws {
            let name = try await daemon.runBeside(.docker, "exec", ["--runtime", runtime])
            func exec(_ options: [String], _ command: [String], stdin: String? = nil) async throws -> CommandResult {
                try await daemon.run(.docker, ["exec"] + options + [name] + command, stdin: stdin.map { Array($0.utf8) })
            }
            let result = try await exec(["-u", "sailor", "-w", "/etc", "-e", "A=b"], ["sh", "-c", "id -un; pwd; echo $A; exit 5"])
            #expect(result.lines == ["sailor", "/etc", "b"])
            #expect(result.exitCode == 5)
            #expect(try await exec([], ["nothing"]).exitCode == 127)
            #expect(try await exec([], ["/etc/not-executable"]).exitCode == 126)
            #expect(try await exec(["-i"], ["cat"], stdin: "in").out == "in")
            #expect(try await exec(["-t"], ["tty"]).out.hasPrefix("/dev/pts/"))
            #expect(try await exec(["--privileged"], ["true"]).exitCode == 0)
            // It is in the container's groups.
            #expect(try await exec([], ["grep", "-c", "/wharf/", "/proc/self/cgroup"]).exitCode == (HostVersion.isUnified ? 1 : 0))
            let codes = try await withThrowingTaskGroup(of: (Int32, Int32).self) { [daemon] group in
                for code in Int32(1)...8 {
                    group.addTask { (code, try await daemon.run(.docker, ["exec", name, "sh", "-c", "exit \(code)"]).exitCode) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes.allSatisfy { $0.0 == $0.1 }, "\(codes)")
            try await daemon.docker("rm", "-f", name)
        }

        @Test("pause, update, signals, stop, logs, and nothing is left", arguments: TestedRuntimes.names)
        func life(runtime: String) async throws {
            let script = "trap 'echo hup' HUP; trap 'echo bye; exit 9' TERM; echo up; while :; do sleep 0.05; done"
            let name = try await daemon.runBeside(.docker, "life", ["--runtime", runtime], script)
            try await eventually("it is up") { try await daemon.docker("logs", name).out == "up" }
            #expect(try await daemon.inspect(name)["HostConfig"]?["Runtime"]?.string == runtime)
            try await daemon.docker("pause", name)
            #expect(try await daemon.state(name, "Status")?.string == "paused")
            try await daemon.docker("unpause", name)
            try await daemon.docker("update", "--pids-limit", "66", name)
            let limit = try await daemon.docker("exec", name, "sh", "-c", "cd /sys/fs/cgroup; cat pids.max pids/pids.max 2>/dev/null; true")
            #expect(limit.out == "66")
            try await daemon.docker("kill", "-s", "HUP", name)
            try await eventually("the signal was heard") { try await daemon.docker("logs", name).lines.contains("hup") }
            try await daemon.docker("stop", name)
            #expect(try await daemon.state(name, "ExitCode")?.int == 9)
            #expect(try await daemon.docker("logs", name).lines == ["up", "hup", "bye"])
            try await daemon.docker("start", name)
            try await daemon.docker("pause", name)
            try await daemon.docker("rm", "-f", name)
            #expect(daemon.leftovers().isEmpty)
            // What begins with a dot is no container's: wharf-runtime keeps its filters there.
            let state = try FileManager.default.contentsOfDirectory(atPath: "\(daemon.execRoot)/runtimes").filter { !$0.hasPrefix(".") }
            #expect(state.isEmpty, "\(state)")
        }

        @Test("killed for want of memory", arguments: TestedRuntimes.names)
        func outOfMemory(runtime: String) async throws {
            let options = ["--runtime", runtime, "--memory", "24m", "--memory-swap", "24m"]
            let name = try await daemon.runBeside(.docker, "oom", options, "exec dd if=/dev/zero of=/dev/null bs=100M")
            try await daemon.untilExited(name)
            #expect(try await daemon.state(name, "ExitCode")?.int == 137)
            #expect(try await daemon.state(name, "OOMKilled")?.bool == true)
            // A child that is killed is told too, and init's own end is what it makes of it.
            let child = try await daemon.runBeside(.docker, "oom", options, "dd if=/dev/zero of=/dev/null bs=100M; exit 4")
            try await daemon.untilExited(child)
            #expect(try await daemon.state(child, "ExitCode")?.int == 4)
            #expect(try await daemon.state(child, "OOMKilled")?.bool == true)
        }

        @Test("a runtime that nobody knows, and one that is not there")
        func unknown() async throws {
            let result = try await daemon.runOnce(.docker, options: ["--runtime", "nope"], ["true"])
            #expect(result.exitCode == 125)
            #expect(result.err.contains("unknown or invalid runtime name: nope"))
            let info = try await daemon.api.send("GET", "/info").json()
            #expect(info["DefaultRuntime"]?.string == "wharf-runtime")
            for name in TestedRuntimes.names { #expect(info["Runtimes"]?[name] != nil, "\(name)") }
        }

        @Test("containers outlive the daemon", arguments: TestedRuntimes.names)
        func restart(runtime: String) async throws {
            try await DaemonFixture.with(TestedRuntimes.options) { daemon in
                try await daemon.load()
                let name = try await daemon.runBeside(.docker, "alive", ["--runtime", runtime], "echo one; sleep 1000")
                let pid = try await daemon.initProcess(of: name)
                try await daemon.kill()
                try await daemon.start()
                #expect(try await daemon.initProcess(of: name) == pid)
                #expect(try await daemon.docker("exec", name, "echo", "still").out == "still")
                try await daemon.docker("rm", "-f", name)
                #expect(daemon.leftovers().isEmpty)
            }
        }
    }
}

/// Which control groups this machine has.
private enum HostVersion {
    static var isUnified: Bool { FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers") }
}

/// The suite's daemon, which knows all of the runtimes.
struct OtherRuntimesTrait: SuiteTrait, TestScoping {
    func provideScope(for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void) async throws {
        try await DaemonFixture.with(TestedRuntimes.options) { daemon in
            try await daemon.load()
            try await DaemonTrait.$current.withValue(daemon) { try await function() }
        }
    }
}
