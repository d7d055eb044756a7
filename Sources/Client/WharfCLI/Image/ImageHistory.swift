// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf history`, `wharf image history`: the steps that made an image.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows how images came about.
enum ImageHistory {
    static let format = Flag.text("format", nil, FormatHelp.list)
    static let human = Flag.on("human", "H", "Print sizes and dates in human readable format", default: true)
    static let noTruncation = Flag.on("no-trunc", nil, "Don't truncate output")
    static let platform = Flag.text(
        "platform", nil, "Show history for the given platform. Formatted as \"os[/arch[/variant]]\" (e.g., \"linux/amd64\")")
    static let quiet = Flag.on("quiet", "q", "Only show image IDs")

    static let command = Command(
        name: "history", usage: "[OPTIONS] IMAGE", summary: "Show the history of an image",
        aliases: ["wharf image history", "wharf history"], operands: .exactly(1), flags: [format, human, noTruncation, platform, quiet]
    ) { call in
        let wanted = try PlatformText.parse(call[platform])
        let created = call[human] ? "{{.CreatedSince}}" : "{{.CreatedAt}}"
        let list = try ListFormat(
            call[quiet] ? "{{.ID}}" : call[format], standard: "{{.ID}}\t\(created)\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
            headers: headers, rowType: "*image.historyContext")
        let items = try await call.client.imageHistory(call.operands[0], platform: wanted)
        call.console.out(try list.text(items.map { row($0, isHuman: call[human], truncated: !call[noTruncation]) }))
        return 0
    }

    private static let headers = [
        "ID": "IMAGE", "CreatedSince": "CREATED", "CreatedAt": "CREATED AT", "CreatedBy": "CREATED BY", "Size": "SIZE",
        "Comment": "COMMENT",
    ]

    static func row(_ item: ImageHistoryItem, isHuman: Bool, truncated: Bool, now: Timestamp = Timestamp.now()) -> ListRow {
        let text = item.createdBy.split(separator: "\t", omittingEmptySubsequences: false).joined(separator: " ")
        return ListRow([
            "ID": truncated && item.id.contains(":") ? shortID(item.id) : item.id,
            "CreatedSince": item.created > 0 ? GoDuration.inWords(seconds: now.seconds - item.created) + " ago" : "N/A",
            "CreatedAt": TimeText.rfc3339(item.created), "CreatedBy": truncated ? ellipsis(text, 45) : text,
            "Size": isHuman ? ByteSize.decimal(item.size) : String(item.size), "Comment": item.comment,
        ])
    }
}
