// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf kill`: a signal, KILL unless said otherwise.

import WharfClient

/// Sends a signal to containers.
enum ContainerKill {
    static let signal = Flag.text("signal", "s", "Signal to send to the container")

    static let command = Command(
        name: "kill", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Kill one or more running containers",
        aliases: ["wharf container kill", "wharf kill"], operands: .atLeast(1), flags: [signal]
    ) { call in
        await call.forAllOperands { name in
            try await call.client.killContainer(name, signal: call[signal])
            return name
        }
    }
}
