// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// podman with `--runtime wharf-runtime`.

import Testing
import WharfTestKit

extension Integration {
    @Suite(
        "podman with wharf-runtime", .serialized, .enabled(if: DropInHost.canRun("podman", "conmon"), "needs root, podman and conmon"),
        DropInTrait(kind: .podman))
    struct DropInPodmanTests {
        let checks: DropInChecks

        init() throws { checks = try DropInChecks() }

        @Test("run: output and exit codes") func runs() async throws { try await checks.runs() }
        @Test("exec, logs, stop, start, kill, rm") func lifecycle() async throws { try await checks.lifecycle() }
        @Test("rm of a running container") func forcedRemoval() async throws { try await checks.forcedRemoval() }
        @Test("-it") func terminal() async throws { try await checks.terminal() }
        @Test("limits on memory, processes and processor time") func limits() async throws { try await checks.limits() }
        @Test("pause and unpause") func pause() async throws { try await checks.pause() }
        @Test("read-only roots, volumes, tmpfs, privileged") func files() async throws { try await checks.files() }

        @Test("a user namespace with given maps") func maps() async throws {
            try await checks.expectMapped(["--uidmap", "0:150000:1000", "--gidmap", "0:150000:1000"], to: "150000")
        }

        @Test("a user namespace that podman chooses") func automatic() async throws {
            try await checks.expectMapped(["--userns", "auto"], to: "200000")
        }
    }
}
