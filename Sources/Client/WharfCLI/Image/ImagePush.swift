// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf push`, `wharf image push`.

import WharfClient
import WharfDockerAPI

/// Pushes images.
enum ImagePush {
    static let allTags = Flag.on("all-tags", "a", "Push all tags of an image to the repository")
    static let contentTrust = Flag.on("disable-content-trust", nil, "Skip image signing", default: true)
    static let platform = Flag.text(
        "platform", nil,
        """
        Push a platform-specific manifest as a single-platform image to the registry.
        Image index won't be pushed, meaning that other manifests, including attestations won't be preserved.
        'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)
        """)
    static let quiet = Flag.on("quiet", "q", "Suppress verbose output")

    static let command = Command(
        name: "push", usage: "[OPTIONS] NAME[:TAG]", summary: "Upload an image to a registry",
        aliases: ["wharf image push", "wharf push"], operands: .exactly(1), flags: [allTags, contentTrust, platform, quiet]
    ) { call in
        let wanted = try PlatformText.parse(call[platform])
        let name = try ImageName(call.operands[0])
        guard name.digest.isEmpty else { throw ExitError("cannot push a digest reference") }
        guard !call[allTags] || name.tag.isEmpty else { throw ExitError("tag can't be used with --all-tags/-a") }
        if wanted != nil {
            call.console.error(
                """
                Info: --platform pushes only that platform's manifest of a multi-platform image; other parts, such as attestations, \
                stay behind. To push the whole image, leave --platform out.
                """)
        }
        if !call[allTags], name.tag.isEmpty, !call[quiet] { call.console.line("Using default tag: latest") }
        let stream = try await call.client.pushImage(
            name.repository,
            ImagePushOptions(tag: call[allTags] ? "" : name.version, platform: wanted, auth: await call.auth(for: name)))
        var note: PushedInsteadOfIndex?
        defer { if let note { call.console.error(text(note)) } }
        if call[quiet] {
            try await ProgressDisplay.discard(stream) { note = PushedInsteadOfIndex($0) ?? note }
            call.console.line(call[allTags] ? name.fullRepository : name.tagged.fullName)
        } else {
            try await ProgressDisplay.show(stream, console: call.console) { note = PushedInsteadOfIndex($0) ?? note }
        }
        return 0
    }

    /// Docker's note.
    static func text(_ note: PushedInsteadOfIndex) -> String {
        """

        Info -> Not all multiplatform-content is present and only the available single-platform image was pushed
        \(note.original.digest) -> \(note.selected.digest)
        """
    }
}
