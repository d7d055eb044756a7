// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf image inspect`.

import WharfClient

/// Shows images.
enum ImageInspectVerb {
    static let platform = Flag.text(
        "platform", nil,
        """
        Inspect a specific platform of the multi-platform image.
        If the image or the server is not multi-platform capable, the command will error out if the platform does not match.
        'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)
        """)

    static let command = Command(
        name: "inspect", usage: "[OPTIONS] IMAGE [IMAGE...]", summary: "Display detailed information on one or more images",
        operands: .atLeast(1), flags: [ObjectFormat.format, platform]
    ) { call in
        let wanted = try PlatformText.parse(call[platform])
        return try await ObjectFormat.show(call) { try await call.client.imageDocument($0, platform: wanted) }
    }
}
