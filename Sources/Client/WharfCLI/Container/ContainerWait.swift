// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf wait`: prints the exit code of each container once it does not run.

import WharfClient
import WharfDockerAPI

/// Waits for containers.
enum ContainerWait {
    static let command = Command(
        name: "wait", usage: "CONTAINER [CONTAINER...]", summary: "Block until one or more containers stop, then print their exit codes",
        aliases: ["wharf container wait", "wharf wait"], operands: .atLeast(1)
    ) { call in
        await call.forEachOperand { name in
            let wait = try await call.client.waitForContainer(name, .notRunning)
            return String(try await wait.exitCode())
        }
    }
}
