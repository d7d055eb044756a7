// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits: what the kernel gets, what is refused, what is dropped with a warning, and how a running container is updated.

import Foundation
import Testing
import WharfJSON
import WharfTestKit

extension Integration {
    @Suite("Options for resources", .containers, .daemon)
    struct OptionTestsResources {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        private static let isUnified = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/cgroup.controllers")

        /// A file of version 1 or of version 2, as the container sees it.
        private static func file(_ v1: String, _ v2: String) -> String { "/sys/fs/cgroup/\(isUnified ? v2 : v1)" }

        private static func has(_ v1: String, _ controller: String) -> Bool {
            // A hierarchy's root has no limit of some controllers; its groups have.
            if !isUnified { return FileManager.default.fileExists(atPath: "/sys/fs/cgroup/\(controller)") }
            let controllers = (try? String(contentsOfFile: "/sys/fs/cgroup/cgroup.controllers", encoding: .utf8)) ?? ""
            return controllers.split(whereSeparator: \.isWhitespace).contains(Substring(controller))
        }

        @Test("each limit is the kernel's where the host has it, and a warning where not", arguments: Client.tested)
        func limits(client: Client) async throws {
            let cases: [(options: [String], v1: String, v2: String, controller: String, v1Value: String, v2Value: String)] = [
                (["-m", "64m"], "memory/memory.limit_in_bytes", "memory.max", "memory", "67108864", "67108864"),
                (
                    ["-m", "64m", "--memory-reservation", "32m"], "memory/memory.soft_limit_in_bytes", "memory.low", "memory", "33554432",
                    "33554432"
                ),
                (["--pids-limit", "50"], "pids/pids.max", "pids.max", "pids", "50", "50"),
                (["--cpu-shares", "512"], "cpu/cpu.shares", "cpu.weight", "cpu", "512", "20"),
                (["--cpus", "0.5"], "cpu/cpu.cfs_quota_us", "cpu.max", "cpu", "50000", "50000 100000"),
                (["--cpu-quota", "20000", "--cpu-period", "50000"], "cpu/cpu.cfs_quota_us", "cpu.max", "cpu", "20000", "20000 50000"),
                (["--cpuset-cpus", "0"], "cpuset/cpuset.cpus", "cpuset.cpus", "cpuset", "0", "0"),
            ]
            for test in cases {
                guard Self.has(test.v1, test.controller) else {
                    let result = try await daemon.runOnce(client, options: test.options, ["true"])
                    #expect(result.exitCode == 0 || result.err.contains("not support"), "\(test.options)")
                    #expect(result.err.contains("Your kernel does not support") || result.exitCode == 125, "\(test.options): \(result.err)")
                    continue
                }
                let value = try await daemon.shell(client, test.options, "cat \(Self.file(test.v1, test.v2))")
                #expect(value == (Self.isUnified ? test.v2Value : test.v1Value), "\(test.options)")
            }
        }

        @Test("what the host can't do is left out with Docker's warning", arguments: Client.tested)
        func warnings(client: Client) async throws {
            guard !Self.isUnified else { return }
            func exists(_ file: String) -> Bool { FileManager.default.fileExists(atPath: "/sys/fs/cgroup/\(file)") }
            // The scheduler's own file is in groups only, where there are any.
            let groups = (try? FileManager.default.contentsOfDirectory(atPath: "/sys/fs/cgroup/blkio")) ?? []
            let hasWeight = exists("blkio/blkio.weight") || groups.contains { exists("blkio/\($0)/blkio.bfq.weight") }
            for (options, isOffered, warning) in [
                (["--blkio-weight", "100"], hasWeight, "Block I/O weight"),
                (["-m", "64m", "--memory-swap", "128m"], exists("memory/memory.memsw.limit_in_bytes"), "swap limit capabilities"),
                (["--memory-reservation", "64m"], exists("memory/memory.soft_limit_in_bytes"), "memory soft limit capabilities"),
                (
                    ["--device-read-bps", "/dev/null:1mb"], exists("blkio") || exists("blkio/blkio.throttle.read_bps_device"),
                    "BPS Block I/O read"
                ),
            ] as [([String], Bool, String)] where Programs.reference == nil {
                let result = try await daemon.runOnce(client, options: options, ["echo", "ran"])
                let isWarned = result.err.contains("WARNING: Your kernel does not support \(warning)")
                #expect(isWarned != isOffered, "\(options): \(result.err)")
                if isWarned { #expect(result.out == "ran") }
            }
        }

        @Test("what can't be is refused in Docker's words", arguments: Client.tested)
        func refusals(client: Client) async throws {
            for (options, text) in [
                (["-m", "4m"], "Minimum memory limit allowed is 6MB"),
                (
                    ["-m", "64m", "--memory-reservation", "128m"],
                    "Minimum memory limit can not be less than memory reservation limit, see usage"
                ),
                (["--cpus", "1", "--cpu-quota", "5000"], "Nano CPUs and CPU Quota cannot both be set"),
                (["--cpu-period", "10"], "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"),
                (["--cpuset-cpus", "4000"], "Requested CPUs are not available - requested 4000"),
                (["--cpus", "4000"], "as there are only"),
                (["--memory-swappiness", "101"], "101"),
            ] as [([String], String)] {
                let result = try await daemon.runOnce(client, options: options, ["true"])
                #expect(result.exitCode == 125 && result.err.contains(text), "\(options): \(result.err)")
            }
        }

        @Test("--cgroup-parent is the folder above the container's groups", arguments: Client.tested)
        func parent(client: Client) async throws {
            let parent = "/wharf-test-\(UInt32.random(in: 0 ... .max))"
            let name = try await daemon.runBeside(client, "parent", ["--cgroup-parent", parent])
            let pid = try await daemon.initProcess(of: name)
            let id = try await daemon.inspect(name)["Id"]?.string ?? "?"
            let groups = try String(contentsOfFile: "/proc/\(pid)/cgroup", encoding: .utf8)
            #expect(groups.contains("\(parent)/\(id)"))
            try await daemon.run(client, ["rm", "-f", name]).expecting()
            // The parent is the user's; this one is the test's.
            try await CommandLine.run("sh", ["-c", "rmdir /sys/fs/cgroup/*\(parent) /sys/fs/cgroup\(parent) 2>/dev/null; true"]).expecting()
        }

        @Test("update changes a running container at once, and a created one at its start", arguments: Client.tested)
        func update(client: Client) async throws {
            let pids = Self.file("pids/pids.max", "pids.max")
            let memory = Self.file("memory/memory.limit_in_bytes", "memory.max")
            let name = try await daemon.runBeside(client, "update", ["--pids-limit", "50", "-m", "64m", "--memory-swap", "-1"])
            func read(_ file: String) async throws -> String { try await daemon.run(client, ["exec", name, "cat", file]).expecting().out }
            #expect(try await read(pids) == "50")
            let told = try await daemon.run(client, ["update", "--pids-limit", "60", "-m", "32m", "--memory-swap", "-1", name]).expecting()
            #expect(told.lines.first == name)
            #expect(try await read(pids) == "60")
            #expect(try await read(memory) == "33554432")
            #expect(try await daemon.inspect(name)["HostConfig"]?["PidsLimit"]?.int == 60)
            try await daemon.run(client, ["update", "--pids-limit", "-1", name]).expecting()
            #expect(try await read(pids) == "max")
            let refused = try await daemon.run(client, ["update", "-m", "1m", name])
            #expect(refused.exitCode == 1 && refused.err.contains("Minimum memory limit allowed is 6MB"))
            let nothing = try await daemon.run(client, ["update", name])
            #expect(nothing.exitCode == 1 && nothing.err.contains("you must provide one or more flags when using this command"))
            #expect(try await daemon.run(client, ["update", "--pids-limit", "5", "nobody-here"]).exitCode == 1)

            let created = unique("created")
            try await daemon.run(client, ["create", "--name", created, "--network", "none", "busybox", "cat", pids]).expecting()
            try await daemon.run(client, ["update", "--pids-limit", "70", created]).expecting()
            #expect(try await daemon.run(client, ["start", "-a", created]).expecting().out == "70")
            try await daemon.run(client, ["update", "--restart", "on-failure:3", created]).expecting()
            let policy = try await daemon.inspect(created)["HostConfig"]?["RestartPolicy"]
            #expect(policy?["Name"]?.string == "on-failure" && policy?["MaximumRetryCount"]?.int == 3)
        }

        @Test("--oom-kill-disable needs a memory limit to be safe, and says so", arguments: Client.tested)
        func oomKill(client: Client) async throws {
            guard !Self.isUnified, Self.has("memory/memory.oom_control", "") else { return }
            let control = "grep oom_kill_disable /sys/fs/cgroup/memory/memory.oom_control"
            #expect(try await daemon.shell(client, ["-m", "64m", "--oom-kill-disable"], control) == "oom_kill_disable 1")
            #expect(try await daemon.shell(client, ["-m", "64m"], control) == "oom_kill_disable 0")
            let result = try await daemon.runOnce(client, options: ["--oom-kill-disable"], ["true"])
            #expect(result.err.contains("OOM killer is disabled for the container, but no memory limit is set"))
        }
    }
}
