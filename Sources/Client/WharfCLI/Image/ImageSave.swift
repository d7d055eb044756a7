// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf save`, `wharf image save`: images as an archive for `wharf load`.

import WharfClient
import WharfDockerAPI

/// Saves images.
enum ImageSave {
    static let output = Flag.text("output", "o", "Write to a file, instead of STDOUT")
    static let platform = Flag.list(
        "platform", nil,
        "Save only the given platform(s). Formatted as a comma-separated list of \"os[/arch[/variant]]\" (e.g., \"linux/amd64,linux/arm64/v8\")",
        value: "strings")

    static let command = Command(
        name: "save", usage: "[OPTIONS] IMAGE [IMAGE...]",
        summary: "Save one or more images to a tar archive (streamed to STDOUT by default)", aliases: ["wharf image save", "wharf save"],
        operands: .atLeast(1), flags: [output, platform]
    ) { call in
        let wanted = try PlatformText.parse(list: call[platform])
        guard !call[output].isEmpty else {
            guard !LocalTerminal.outputIsTerminal else {
                throw ExitError("cowardly refusing to save to a terminal. Use the -o flag or redirect")
            }
            for try await chunk in try await call.client.saveImages(call.operands, platforms: wanted) {
                call.console.write(chunk, to: .standard)
            }
            return 0
        }
        let file = try OutputFile(call[output], failing: "failed to save image")
        try await file.write(try await call.client.saveImages(call.operands, platforms: wanted))
        return 0
    }
}
