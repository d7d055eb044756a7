// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf pull`, `wharf image pull`.

import WharfClient
import WharfDockerAPI

/// Pulls images.
enum ImagePull {
    static let allTags = Flag.on("all-tags", "a", "Download all tagged images in the repository")
    static let contentTrust = Flag.on("disable-content-trust", nil, "Skip image verification", default: true)
    static let platform = Flag.text("platform", nil, "Set platform if server is multi-platform capable")
    static let quiet = Flag.on("quiet", "q", "Suppress verbose output")

    static let command = Command(
        name: "pull", usage: "[OPTIONS] NAME[:TAG|@DIGEST]", summary: "Download an image from a registry",
        aliases: ["wharf image pull", "wharf pull"], operands: .exactly(1), flags: [allTags, contentTrust, platform, quiet]
    ) { call in
        let name = try ImageName(call.operands[0])
        guard !call[allTags] || name.tag.isEmpty && name.digest.isEmpty else { throw ExitError("tag can't be used with --all-tags/-a") }
        if !call[allTags], name.tag.isEmpty, name.digest.isEmpty, !call[quiet] { call.console.line("Using default tag: latest") }
        let stream = try await call.client.pullImage(
            ImagePullOptions(
                name: name.repository, tag: call[allTags] ? "" : name.version, platform: call[platform], auth: await call.auth(for: name)))
        if call[quiet] {
            try await ProgressDisplay.discard(stream)
        } else {
            try await ProgressDisplay.show(stream, console: call.console)
        }
        call.console.line(call[allTags] ? name.fullRepository : name.tagged.fullName)
        return 0
    }
}
