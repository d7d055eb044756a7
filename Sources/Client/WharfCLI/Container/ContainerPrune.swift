// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf container prune`.

import WharfClient
import WharfDockerAPI

/// Removes containers that don't run.
enum ContainerPrune {
    static let filter = Flag.filters("Provide filter values (e.g. \"until=<timestamp>\")", short: nil)
    static let force = Flag.on("force", "f", "Do not prompt for confirmation")

    static let command = Command(
        name: "prune", usage: "[OPTIONS]", summary: "Remove all stopped containers", operands: .none, flags: [filter, force]
    ) { call in
        var filters = Filters(options: call[filter])
        filters.addPruneDefaults(call.config)
        if !call[force] {
            let question = "WARNING! This will remove all stopped containers.\nAre you sure you want to continue?"
            guard try await Confirmation.ask(question, call.console) else { return 0 }
        }
        let answer = try await call.client.pruneContainers(filters)
        let deleted = answer.containersDeleted ?? []
        if !deleted.isEmpty { call.console.out("Deleted Containers:\n\(deleted.map { $0 + "\n" }.joined())\n") }
        call.console.line("Total reclaimed space: \(ByteSize.decimal(answer.spaceReclaimed, digits: 4))")
        return 0
    }
}

extension Filters {
    /// Adds the configuration's `pruneFilters`; what the command line says about a label counts more.
    mutating func addPruneDefaults(_ config: ClientConfig) {
        for entry in Filters.entries(config.pruneFilters) {
            let opposite = entry.key == "label" ? "label!" : entry.key == "label!" ? "label" : ""
            if values(opposite).contains(entry.value) || (entry.key == "until" && contains("until")) { continue }
            add(entry.key, entry.value)
        }
    }
}
