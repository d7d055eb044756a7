// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf image prune`.

import WharfClient
import WharfDockerAPI

/// Removes images that nobody uses.
enum ImagePrune {
    static let all = Flag.on("all", "a", "Remove all unused images, not just dangling ones")
    static let filter = Flag.filters("Provide filter values (e.g. \"until=<timestamp>\")", short: nil)
    static let force = Flag.on("force", "f", "Do not prompt for confirmation")

    static let command = Command(
        name: "prune", usage: "[OPTIONS]", summary: "Remove unused images", operands: .none, flags: [all, filter, force]
    ) { call in
        var filters = Filters(options: call[filter])
        filters.add("dangling", String(!call[all]))
        filters.addPruneDefaults(call.config)
        if !call[force] {
            let scope =
                call[all]
                ? "WARNING! This will remove all images without at least one container associated to them."
                : "WARNING! This will remove all dangling images."
            guard try await Confirmation.ask(scope + "\nAre you sure you want to continue?", call.console) else { return 0 }
        }
        let answer = try await call.client.pruneImages(filters)
        let deleted = answer.imagesDeleted ?? []
        if !deleted.isEmpty {
            let lines = deleted.map { $0.untagged.isEmpty ? "deleted: \($0.deleted)\n" : "untagged: \($0.untagged)\n" }
            call.console.out("Deleted Images:\n\(lines.joined())\n")
        }
        call.console.line("Total reclaimed space: \(ByteSize.decimal(answer.spaceReclaimed, digits: 4))")
        return 0
    }
}
