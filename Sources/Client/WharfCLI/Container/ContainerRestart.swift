// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf restart`: stop and start in one request.

import WharfClient

/// Restarts containers.
enum ContainerRestart {
    static let command = Command(
        name: "restart", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Restart one or more containers",
        aliases: ["wharf container restart", "wharf restart"], operands: .atLeast(1), flags: [ContainerStop.signal, ContainerStop.timeout]
    ) { call in
        let options = ContainerStop.options(call)
        return await call.forAllOperands { name in
            try await call.client.restartContainer(name, options)
            return name
        }
    }
}
