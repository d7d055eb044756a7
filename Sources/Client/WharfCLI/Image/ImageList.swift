// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf images`, `wharf image ls`: one row for each name of an image.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Lists images.
enum ImageList {
    static let all = Flag.on("all", "a", "Show all images (default hides intermediate images)")
    static let digests = Flag.on("digests", nil, "Show digests")
    static let filter = Flag.filters()
    static let format = Flag.text("format", nil, FormatHelp.list)
    static let noTruncation = Flag.on("no-trunc", nil, "Don't truncate output")
    static let quiet = Flag.on("quiet", "q", "Only show image IDs")

    static let command = Command(
        name: "ls", usage: "[OPTIONS] [REPOSITORY[:TAG]]", summary: "List images",
        aliases: ["wharf image ls", "wharf image list", "wharf images"], operands: .atMost(1),
        flags: [all, digests, filter, format, noTruncation, quiet]
    ) { call in
        var filters = Filters(options: call[filter])
        if let reference = call.operands.first { filters.add("reference", reference) }
        let columns =
            call[digests]
            ? "{{.Repository}}\t{{.Tag}}\t{{.Digest}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
            : "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}"
        let chosen = call[quiet] ? "{{.ID}}" : call[format].isEmpty ? call.config.text("imagesFormat") : call[format]
        let listFormat = try ListFormat(chosen, standard: columns, headers: headers, rowType: "*formatter.imageContext")
        let images = try await call.client.images(
            ImageListOptions(all: call[all], filters: filters, sharedSize: false, digests: call[digests]))
        let wantsDigests = call[digests] || chosen.contains(".Digest")
        let (wanted, now) = (listFormat.wantedFields, Timestamp.now())
        let lines = images.flatMap { rows($0, truncated: !call[noTruncation], wantsDigests: wantsDigests, wanted: wanted, now: now) }
        call.console.out(try listFormat.text(lines))
        return 0
    }

    private static let headers = [
        "ID": "IMAGE ID", "Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST", "CreatedSince": "CREATED",
        "CreatedAt": "CREATED AT", "Size": "SIZE", "Containers": "CONTAINERS", "SharedSize": "SHARED SIZE", "UniqueSize": "UNIQUE SIZE",
        "VirtualSize": "SIZE",
    ]

    /// A row for each tag; with digests, a row for each digest of a repository without a tag as well. Of the fields only the
    /// wanted ones, where that is known.
    static func rows(
        _ image: ImageSummary, truncated: Bool, wantsDigests: Bool, wanted: Set<String>? = nil, now: Timestamp = Timestamp.now()
    ) -> [ListRow] {
        let tags = image.repoTags.filter { $0 != "<none>:<none>" }.map { split($0, at: ":") }
        let hashes = image.repoDigests.filter { $0 != "<none>@<none>" }.map { split($0, at: "@") }
        var names: [(repository: String, tag: String, digest: String)] = []
        for tag in tags {
            let own = wantsDigests ? hashes.filter { $0.0 == tag.0 } : []
            names += own.isEmpty ? [(tag.0, tag.1, "<none>")] : own.map { (tag.0, tag.1, $0.1) }
        }
        if names.isEmpty {
            let bare = hashes.map { ($0.0, "<none>", $0.1) }
            names = bare.isEmpty ? [("<none>", "<none>", "<none>")] : wantsDigests ? bare : Array(bare.prefix(1))
        }
        let age = now.seconds - image.created
        return names.map { name in
            var fields: [String: String] = [:]
            func add(_ field: String, _ text: @autoclosure () -> String) {
                if wanted?.contains(field) ?? true { fields[field] = text() }
            }
            add("ID", truncated ? shortID(image.id) : image.id)
            add("Repository", name.repository)
            add("Tag", name.tag)
            add("Digest", name.digest)
            add("CreatedSince", image.created > -62_135_596_800 ? GoDuration.inWords(seconds: age) + " ago" : "N/A")
            add("CreatedAt", TimeText.listed(image.created))
            add("Size", ByteSize.decimal(image.size))
            add("VirtualSize", ByteSize.decimal(image.size, digits: 4))
            add("Containers", image.containers < 0 ? "N/A" : String(image.containers))
            add("SharedSize", image.sharedSize < 0 ? "N/A" : ByteSize.decimal(image.sharedSize))
            add("UniqueSize", image.sharedSize < 0 ? "N/A" : ByteSize.decimal(image.size - image.sharedSize))
            return ListRow(fields)
        }
    }

    private static func split(_ text: String, at separator: Character) -> (String, String) {
        guard let index = text.lastIndex(of: separator) else { return (text, "<none>") }
        return (String(text[..<index]), String(text[text.index(after: index)...]))
    }
}
