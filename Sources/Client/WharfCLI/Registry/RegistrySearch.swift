// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf search`: repositories of a registry by a word.

import WharfClient
import WharfDockerAPI

/// Searches a registry.
enum RegistrySearch {
    static let filter = Flag.filters()
    static let format = Flag.text("format", nil, "Pretty-print search using a Go template")
    static let limit = Flag.int("limit", nil, "Max number of search results")
    static let noTruncation = Flag.on("no-trunc", nil, "Don't truncate output")

    static let command = Command(
        name: "search", usage: "[OPTIONS] TERM", summary: "Search Docker Hub for images", operands: .exactly(1),
        flags: [filter, format, limit, noTruncation]
    ) { call in
        let term = call.operands[0]
        let list = try ListFormat(
            call[format], standard: "{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}", headers: headers,
            rowType: "*registry.searchContext")
        // A registry may stand in front of the word, as in a name.
        let first = String(term.prefix { $0 != "/" })
        let host = term.contains("/") && (first.contains(".") || first.contains(":") || first == "localhost") ? first : ""
        let results = try await call.client.searchImages(
            ImageSearchOptions(
                term: term, limit: Int(call[limit]), filters: Filters(options: call[filter]),
                auth: await call.credentials.auth(for: RegistryServer.key(host))))
        let isDocument = call[format] == "json" || call[format].contains("{{json .}}")
        call.console.out(try list.text(results.map { row($0, truncated: !call[noTruncation], isDocument: isDocument) }))
        return 0
    }

    private static let headers = [
        "Name": "NAME", "Description": "DESCRIPTION", "StarCount": "STARS", "IsOfficial": "OFFICIAL", "IsAutomated": "AUTOMATED",
    ]

    /// A document has truth values where other formats have a mark, and nothing about automation, which is history.
    static func row(_ result: ImageSearchResult, truncated: Bool, isDocument: Bool) -> ListRow {
        let line = result.description.map { $0.isNewline ? " " : String($0) }.joined()
        var fields = [
            "Name": result.name, "Description": truncated ? ellipsis(line, 45) : line, "StarCount": String(result.starCount),
            "IsOfficial": isDocument ? String(result.isOfficial) : result.isOfficial ? "[OK]" : "",
        ]
        if !isDocument { fields["IsAutomated"] = result.isAutomated ? "[OK]" : "" }
        return ListRow(fields)
    }
}
