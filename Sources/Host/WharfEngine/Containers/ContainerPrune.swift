// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/prune`: removes what does not run.

import Logging
public import WharfDockerAPI
import WharfError
import WharfJSON

extension Containers {
    /// Removes containers that don't run, with the filters `until` and `label`.
    ///
    /// - Throws: `invalidArgument` for a filter that is none.
    public func prune(_ filters: Filters) async throws -> ContainerPruneResponse {
        try filters.validate(accepting: ["label", "label!", "until"])
        guard filters.values("until").count <= 1 else {
            throw WharfError(.invalidArgument, "more than one until filter specified")
        }
        let until = try filters.values("until").first.map { text throws(WharfError) in
            try ImageSelection.time("until", text, .now())
        }
        // A client that leaves does not stop it half-way through a removal.
        return try await Task { [self] in try await prune(until: until, filters) }.value
    }

    private func prune(until: Timestamp?, _ filters: Filters) async throws -> ContainerPruneResponse {
        var response = ContainerPruneResponse()
        for record in table.all() where !record.state.isActive {
            if let until, record.created > until { continue }
            guard ImageSelection.hasLabels(filters, record.config.labels ?? [:]) else { continue }
            do {
                let size = try await images.rootSize(record.id, image: record.imageID).writable
                try await remove(record.id)
                response.containersDeleted = (response.containersDeleted ?? []) + [record.id]
                response.spaceReclaimed += size
            } catch {
                // Started or removed meanwhile, or stuck: the others go all the same.
                log.warning("a container was not pruned", metadata: ["id": "\(record.id)", "reason": "\(error)"])
            }
        }
        let news = EngineEvent(type: "container", action: "prune", id: "", attributes: ["reclaimed": "\(response.spaceReclaimed)"])
        try await journal.write(durable: false, news: [news]) { _ in }
        return response
    }
}
