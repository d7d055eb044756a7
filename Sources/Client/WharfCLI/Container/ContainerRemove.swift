// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf rm`: with -f a running container is killed first, and a missing one is no failure.

import WharfClient
import WharfDockerAPI

/// Removes containers.
enum ContainerRemove {
    static let force = Flag.on("force", "f", "Force the removal of a running container (uses SIGKILL)")
    static let link = Flag.on("link", "l", "Remove the specified link")
    static let volumes = Flag.on("volumes", "v", "Remove anonymous volumes associated with the container")

    static let command = Command(
        name: "rm", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Remove one or more containers",
        aliases: ["wharf container rm", "wharf container remove", "wharf rm"], operands: .atLeast(1), flags: [force, link, volumes]
    ) { call in
        let options = ContainerRemoveOptions(force: call[force], volumes: call[volumes], link: call[link])
        return await call.forAllOperands { name in
            let plain = name.drop { $0 == "/" }
            guard !plain.isEmpty else { throw ExitError("container name cannot be empty") }
            do {
                try await call.client.removeContainer(String(plain), options)
                return name
            } catch let error as DaemonError where error.isNotFound && options.force {
                call.console.error("\(error)")
                return nil
            }
        }
    }
}
