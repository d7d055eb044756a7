// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf image inspect`.

import WharfClient

/// Shows images.
enum ImageInspectVerb {
    static let platform = Flag.text("platform", nil, "Inspect a specific platform of the multi-platform image: 'os[/arch[/variant]]'")

    static let command = Command(
        name: "inspect", usage: "[OPTIONS] IMAGE [IMAGE...]", summary: "Display detailed information on one or more images",
        operands: .atLeast(1), flags: [ObjectFormat.format, platform]
    ) { call in
        try await ObjectFormat.show(call) { try await call.client.imageDocument($0, platform: call[platform]) }
    }
}
