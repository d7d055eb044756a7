// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf rmi`, `wharf image rm`.

import WharfClient
import WharfDockerAPI

/// Removes images and their names.
enum ImageRemove {
    static let force = Flag.on("force", "f", "Force removal of the image")
    static let noPrune = Flag.on("no-prune", nil, "Do not delete untagged parents")
    static let platform = Flag.list(
        "platform", nil, "Remove only the given platform variant. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")",
        value: "strings")

    static let command = Command(
        name: "rm", usage: "[OPTIONS] IMAGE [IMAGE...]", summary: "Remove one or more images",
        aliases: ["wharf image rm", "wharf image remove", "wharf rmi"], operands: .atLeast(1), flags: [force, noPrune, platform]
    ) { call in
        let platforms = try PlatformText.parse(list: call[platform])
        let options = ImageRemoveOptions(force: call[force], noPrune: call[noPrune], platforms: platforms)
        var errors: [String] = []
        var isFatal = false
        for name in call.operands {
            do {
                for item in try await call.client.removeImage(name, options) {
                    call.console.line(item.deleted.isEmpty ? "Untagged: \(item.untagged)" : "Deleted: \(item.deleted)")
                }
            } catch {
                if (error as? DaemonError)?.isNotFound != true || !options.force { isFatal = true }
                errors.append("\(error)")
            }
        }
        for error in errors { call.console.error(error) }
        return isFatal ? 1 : 0
    }
}
