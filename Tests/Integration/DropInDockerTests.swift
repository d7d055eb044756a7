// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// dockerd with `--add-runtime wharf=wharf-runtime`, and once more with its containers in a user namespace.

import Testing
import WharfTestKit

extension Integration {
    @Suite(
        "dockerd with wharf-runtime", .serialized,
        .enabled(if: DropInHost.canRun("dockerd", "containerd", "docker"), "needs root, dockerd, containerd and docker"),
        DropInTrait(kind: .docker))
    struct DropInDockerTests {
        let checks: DropInChecks

        init() throws { checks = try DropInChecks() }

        @Test("run: output and exit codes") func runs() async throws { try await checks.runs() }
        @Test("exec, logs, stop, start, kill, rm") func lifecycle() async throws { try await checks.lifecycle() }
        @Test("rm of a running container") func forcedRemoval() async throws { try await checks.forcedRemoval() }
        @Test("-it") func terminal() async throws { try await checks.terminal() }
        @Test("limits on memory, processes and processor time") func limits() async throws { try await checks.limits() }
        @Test("pause and unpause") func pause() async throws { try await checks.pause() }
        @Test("read-only roots, volumes, tmpfs, privileged") func files() async throws { try await checks.files() }

        @Test("limits change while the container runs")
        func update() async throws {
            let engine = checks.engine
            try await engine.run(["-d", "--name", "changing", "--memory", "64m"], ["sleep", "1000"]).expecting(0)
            try await engine.call("update", "--memory", "48m", "--memory-swap", "-1", "--pids-limit", "33", "--cpus", "0.25", "changing")
                .expecting(0)
            let files = "cd /sys/fs/cgroup; cat memory.max pids.max cpu.max memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us"
            let told = try await engine.call("exec", "changing", "sh", "-c", "\(files) 2>/dev/null; true").expecting(0)
            #expect(told.lines == ["50331648", "33", "25000"] || told.lines == ["50331648", "33", "25000 100000"], "\(told)")
            try await engine.call("rm", "--force", "changing").expecting(0)
        }
    }

    @Suite(
        "dockerd with wharf-runtime and remapped users", .serialized,
        .enabled(if: DropInHost.canRun("dockerd", "containerd", "docker"), "needs root, dockerd, containerd and docker"),
        DropInTrait(kind: .docker, options: ["--userns-remap", "www-data"]))
    struct DropInRemapTests {
        let checks: DropInChecks

        init() throws { checks = try DropInChecks() }

        @Test("root is somebody else outside") func mapped() async throws { try await checks.expectMapped([], to: "1300000") }
        @Test("exec, logs, stop, start, kill, rm") func lifecycle() async throws { try await checks.lifecycle() }
        @Test("a container that keeps the host's users") func unmapped() async throws {
            try await checks.expectMapped(["--userns", "host"], to: "0")
        }
    }
}
