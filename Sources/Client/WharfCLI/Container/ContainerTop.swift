// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf top`: the processes of a container, as the host's ps shows them.

import WharfClient
import WharfDockerAPI

/// Shows processes.
enum ContainerTop {
    static let command = Command(
        name: "top", usage: "CONTAINER [ps OPTIONS]", summary: "Display the running processes of a container",
        aliases: ["wharf container top", "wharf top"], operands: .atLeast(1), interspersed: false
    ) { call in
        let table = try await call.client.containerTop(call.operands[0], arguments: Array(call.operands.dropFirst()))
        let lines = ([table.titles] + table.processes).map { $0.joined(separator: "\t") }
        call.console.out(Table.align(lines, minimumWidth: 20))
        return 0
    }
}
