// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf ps`, `wharf container ls`.

import WharfClient
import WharfDockerAPI

/// Lists containers.
enum ContainerList {
    static let all = Flag.on("all", "a", "Show all containers (default shows just running)")
    static let filter = Flag.filters()
    static let format = Flag.text("format", nil, FormatHelp.list)
    static let last = Flag.int("last", "n", "Show n last created containers (includes all states)", default: -1)
    static let latest = Flag.on("latest", "l", "Show the latest created container (includes all states)")
    static let noTruncation = Flag.on("no-trunc", nil, "Don't truncate output")
    static let quiet = Flag.on("quiet", "q", "Only display container IDs")
    static let size = Flag.on("size", "s", "Display total file sizes")

    static let command = Command(
        name: "ls", usage: "[OPTIONS]", summary: "List containers",
        aliases: ["wharf container ls", "wharf container list", "wharf container ps", "wharf ps"], operands: .none,
        flags: [all, filter, format, last, latest, noTruncation, quiet, size]
    ) { call in
        let wantsSize = call[size] || [".Size", "{{json"].contains { call[format].contains($0) }
        let standard = ContainerRow.columns + (wantsSize ? "\t{{.Size}}" : "")
        let chosen = call[quiet] ? "{{.ID}}" : call[format].isEmpty ? call.config.text("psFormat") : call[format]
        let listFormat = try ListFormat(
            chosen, standard: standard, headers: ContainerRow.headers, rowType: "*formatter.ContainerContext", checksEarly: true)
        let limit = call[latest] && !call.isSet(last) ? 1 : Int(call[last])
        let options = ContainerListOptions(
            all: call[all], limit: max(0, limit), size: wantsSize, filters: Filters(options: call[filter]))
        let containers = try await call.client.containers(options)
        let rows = containers.map { ContainerRow.row($0, truncated: !call[noTruncation]) }
        call.console.out(try listFormat.text(rows))
        return 0
    }
}
