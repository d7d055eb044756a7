// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf stop`: a signal, some time, then the kill. Several containers are stopped at once.

import WharfClient
import WharfDockerAPI

/// Stops containers.
enum ContainerStop {
    static let signal = Flag.text("signal", "s", "Signal to send to the container")
    static let timeout = Flag.int("timeout", "t", "Seconds to wait before killing the container")
        .alias("time", notice: "use --timeout instead")

    static let command = Command(
        name: "stop", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Stop one or more running containers",
        aliases: ["wharf container stop", "wharf stop"], operands: .atLeast(1), flags: [signal, timeout]
    ) { call in
        let options = options(call)
        return await call.forAllOperands { name in
            try await call.client.stopContainer(name, options)
            return name
        }
    }

    /// The options of stop and restart.
    static func options(_ call: Invocation) -> ContainerStopOptions {
        ContainerStopOptions(signal: call[signal], timeoutSeconds: call.isSet(timeout) ? Int(call[timeout]) : nil)
    }
}
