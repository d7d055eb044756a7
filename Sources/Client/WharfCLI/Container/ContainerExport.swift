// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf export`: a container's root file system as a tar archive.

import WharfClient

/// Exports a container.
enum ContainerExport {
    static let output = Flag.text("output", "o", "Write to a file, instead of STDOUT")

    static let command = Command(
        name: "export", usage: "[OPTIONS] CONTAINER", summary: "Export a container's filesystem as a tar archive",
        aliases: ["wharf container export", "wharf export"], operands: .exactly(1), flags: [output]
    ) { call in
        guard !call[output].isEmpty else {
            guard !LocalTerminal.outputIsTerminal else {
                throw ExitError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
            }
            for try await chunk in try await call.client.exportContainer(call.operands[0]) { call.console.write(chunk, to: .standard) }
            return 0
        }
        let file = try OutputFile(call[output], failing: "failed to export container")
        try await file.write(try await call.client.exportContainer(call.operands[0]))
        return 0
    }
}
