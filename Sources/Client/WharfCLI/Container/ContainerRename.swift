// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf rename`: another name for a container.

import WharfClient

/// Renames a container.
enum ContainerRename {
    static let command = Command(
        name: "rename", usage: "CONTAINER NEW_NAME", summary: "Rename a container",
        aliases: ["wharf container rename", "wharf rename"], operands: .exactly(2)
    ) { call in
        let names = call.operands.map { trimmed($0[...]) }
        guard !names.contains("") else { throw ExitError("Error: Neither old nor new names may be empty") }
        do { try await call.client.renameContainer(names[0], to: names[1]) } catch {
            call.console.error("\(error)")
            throw ExitError("Error: failed to rename container named \(names[0])")
        }
        return 0
    }
}
