// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// RT-20 as a user of the daemon meets it: about sixty system calls that Docker's default profile denies, made from inside.
// The same program without a filter shows that the kernel would have answered.

import Testing
import WharfTestKit

extension Integration {
    @Suite("Escapes by system calls", .containers, .daemon)
    struct EscapeProfileTests {
        let daemon: DaemonFixture

        init() throws { daemon = try theDaemon() }

        @Test("RT-20: the default profile denies what Docker's denies")
        func deniedCalls() async throws {
            let bundle = try await EscapeBundle()
            try await bundle.addProgram("denied-calls")
            let program = ["-v", bundle.temporary.path("rootfs/bin/denied-calls") + ":/denied:ro"]
            // EPERM, and ENOSYS for clone3 and what is newer than the profile.
            let command = ["/denied", "1", "38"]
            let filtered = try await daemon.runOnce(.docker, options: program, command).expecting()
            #expect(filtered.lines == ["done"])
            let open = try await daemon.runOnce(.docker, options: program + ["--security-opt", "seccomp=unconfined"], command).expecting()
            #expect(open.lines.count > 20, "the kernel's own answers differ from the filter's")
            let name = try await daemon.runBeside(.docker, "denied", program)
            #expect(try await daemon.run(.docker, ["exec", name] + command).lines == ["done"])
            #expect(try await daemon.run(.docker, ["exec", "--privileged", name] + command).lines.last == "done")
        }
    }
}
