// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf import`: a file system archive as an image with one layer.

import WharfClient

/// Imports file systems.
enum ImageImport {
    static let change = Flag.list("change", "c", "Apply Dockerfile instruction to the created image")
    static let message = Flag.text("message", "m", "Set commit message for imported image")
    static let platform = Flag.text("platform", nil, "Set platform if server is multi-platform capable")

    static let command = Command(
        name: "import", usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
        summary: "Import the contents from a tarball to create a filesystem image", aliases: ["wharf image import", "wharf import"],
        operands: .atLeast(1), flags: [change, message, platform]
    ) { call in
        let source = call.operands[0]
        let isURL = source.hasPrefix("http://") || source.hasPrefix("https://")
        let archive: UploadBody? =
            source == "-" ? try UploadSource.standardInput() : isURL ? nil : UploadSource.body(try LocalFile.open(source))
        let stream = try await call.client.importImage(
            source: isURL ? source : "-", archive: archive, reference: call.operands.count > 1 ? call.operands[1] : "",
            message: call[message], changes: call[change], platform: call[platform])
        try await ProgressDisplay.show(stream, console: call.console)
        return 0
    }
}
