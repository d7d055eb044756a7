// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf container inspect`.

import WharfClient

/// Shows containers.
enum ContainerInspectVerb {
    static let size = Flag.on("size", "s", "Display total file sizes")

    static let command = Command(
        name: "inspect", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Display detailed information on one or more containers",
        operands: .atLeast(1), flags: [ObjectFormat.format, size]
    ) { call in
        try await ObjectFormat.show(call) { try await call.client.containerDocument($0, size: call[size]) }
    }
}
