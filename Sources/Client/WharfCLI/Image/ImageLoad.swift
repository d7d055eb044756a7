// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf load`: images from an archive.

import WharfClient

/// Loads images.
enum ImageLoad {
    static let input = Flag.text("input", "i", "Read from tar archive file, instead of STDIN")
    static let platform = Flag.list(
        "platform", nil,
        "Load only the given platform(s). Formatted as a comma-separated list of \"os[/arch[/variant]]\" (e.g., \"linux/amd64,linux/arm64/v8\")",
        value: "strings")
    static let quiet = Flag.on("quiet", "q", "Suppress the load output")

    static let command = Command(
        name: "load", usage: "[OPTIONS]", summary: "Load an image from a tar archive or STDIN",
        aliases: ["wharf image load", "wharf load"], operands: .none, flags: [input, platform, quiet]
    ) { call in
        let wanted = try PlatformText.parse(list: call[platform])
        let archive: UploadBody
        if call[input].isEmpty {
            guard !LocalTerminal.inputIsTerminal else { throw ExitError("requested load from stdin, but stdin is empty") }
            archive = try UploadSource.standardInput()
        } else {
            archive = UploadSource.body(try LocalFile.open(call[input]))
        }
        let isQuiet = call[quiet] || !LocalTerminal.outputIsTerminal
        let stream = try await call.client.loadImages(archive, quiet: isQuiet, platforms: wanted)
        try await ProgressDisplay.show(stream, console: call.console)
        return 0
    }
}
