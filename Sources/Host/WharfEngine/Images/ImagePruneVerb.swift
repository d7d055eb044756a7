// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /images/prune`: images that nothing uses go.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfOCI

extension Images {
    /// Removes images that no container uses: those without a tag, or with `dangling=false` all.
    ///
    /// - Throws: `invalidArgument` for a filter that is none.
    public func prune(_ filters: Filters) async throws -> ImagePruneResponse {
        try filters.validate(accepting: ["dangling", "label", "label!", "until"])
        guard filters.values("until").count <= 1 else {
            throw WharfError(.invalidArgument, "more than one until filter specified")
        }
        let options = PruneOptions(
            danglingOnly: try filters.bool("dangling", default: true),
            until: try filters.values("until").first.map { text throws(WharfError) in try ImageSelection.time("until", text, .now()) },
            includes: { ImageSelection.hasLabels(filters, $0.labels) })
        let result = try await Task { [store] in try await store.prune(options) }.value
        var news = result.removals.flatMap { Self.news($0.image, $0.removals, labels: [$0.image.id: $0.image.labels]) }
        news.append(EngineEvent(type: "image", action: "prune", id: "", attributes: ["reclaimed": "\(result.reclaimed)"]))
        await publish(news)
        let items = result.removals.flatMap(\.removals).map { ImageDeleteItem($0) }
        return ImagePruneResponse(imagesDeleted: items.isEmpty ? nil : items, spaceReclaimed: result.reclaimed)
    }
}
