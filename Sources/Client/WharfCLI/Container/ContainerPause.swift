// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf pause` and `wharf unpause`: the freezer.

import WharfClient

/// Freezes containers.
enum ContainerPause {
    static let command = Command(
        name: "pause", usage: "CONTAINER [CONTAINER...]", summary: "Pause all processes within one or more containers",
        aliases: ["wharf container pause", "wharf pause"], operands: .atLeast(1)
    ) { call in
        await call.forAllOperands { name in
            try await call.client.pauseContainer(name)
            return name
        }
    }
}

/// Lets containers go on.
enum ContainerUnpause {
    static let command = Command(
        name: "unpause", usage: "CONTAINER [CONTAINER...]", summary: "Unpause all processes within one or more containers",
        aliases: ["wharf container unpause", "wharf unpause"], operands: .atLeast(1)
    ) { call in
        await call.forAllOperands { name in
            try await call.client.unpauseContainer(name)
            return name
        }
    }
}
