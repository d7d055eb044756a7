// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf diff`: what a container changed in its file system.

import WharfClient
import WharfDockerAPI

/// Shows changed paths.
enum ContainerDiff {
    static let command = Command(
        name: "diff", usage: "CONTAINER", summary: "Inspect changes to files or directories on a container's filesystem",
        aliases: ["wharf container diff", "wharf diff"], operands: .exactly(1)
    ) { call in
        guard !call.operands[0].isEmpty else { throw ExitError("Container name cannot be empty") }
        for change in try await call.client.containerChanges(call.operands[0]) {
            call.console.line("\(letter(change.kind)) \(change.path)")
        }
        return 0
    }

    private static func letter(_ kind: FilesystemChange.Kind) -> String {
        switch kind {
        case .modified: "C"
        case .added: "A"
        case .deleted: "D"
        }
    }
}
