// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `docker save` archives: `manifest.json` lists images with their config, names and layers. Archives of Docker 25 and later
// are OCI layouts too; then the manifest that the layout holds is kept, so that digests survive a round trip.
//
//   manifest.json   [{"Config": "<hex>.json" | "blobs/sha256/<hex>", "RepoTags": ["busybox:latest"] | null,
//                     "Layers": ["<id>/layer.tar" | "blobs/sha256/<hex>", …]}, …]

import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// Reads the table of contents of a `docker save` archive.
struct DockerArchive {
    private struct Item: Decodable {
        var config: String
        var repoTags: [String]
        var layers: [String]

        private enum CodingKeys: String, CodingKey {
            case config = "Config"
            case repoTags = "RepoTags"
            case layers = "Layers"
        }
    }

    private let items: [Item]

    /// Nil if the archive has no `manifest.json`.
    init?(_ spool: ArchiveSpool) throws {
        guard let blob = spool.blob(at: Array("manifest.json".utf8)) else { return nil }
        items = try converting("manifest.json") {
            try JSON.decode([Item].self, from: try blob.readAll(limit: Manifest.limits.bytes), limits: Manifest.limits)
        }
        guard !items.isEmpty else { throw WharfError(.invalidArgument, "manifest.json lists no image") }
    }

    /// The images, in the archive's order.
    func parts(_ spool: ArchiveSpool) throws -> [ImageJob.Parts] {
        let manifests = try Self.manifests(spool)
        return try items.map { item in
            guard !item.config.isEmpty, let config = spool.blob(at: Array(item.config.utf8)) else {
                throw WharfError(.invalidArgument, "the archive has no image config \"\(item.config)\"")
            }
            guard item.layers.count <= Manifest.layerLimit else {
                throw WharfError(.invalidArgument, "manifest.json lists \(item.layers.count) layers, more than \(Manifest.layerLimit)")
            }
            let layers = try item.layers.map { path in
                guard let layer = spool.blob(at: Array(path.utf8)) else {
                    throw WharfError(.invalidArgument, "the archive has no layer \"\(path)\"")
                }
                return layer
            }
            let references = try item.repoTags.map { tag in
                let reference = try converting("manifest.json") { try Reference.parse(tag) }
                guard reference.tag != nil, reference.digest == nil else { throw WharfError(.invalidArgument, "invalid tag \"\(tag)\"") }
                return reference
            }
            let own = manifests.first { $0.manifest.config.digest == config.status.digest && Self.sameLayers($0.manifest, layers) }
            return ImageJob.Parts(
                config: config, layers: layers, manifest: own.map { ($0.blob, $0.mediaType) }, references: references)
        }
    }

    private static func sameLayers(_ manifest: Manifest, _ layers: [SpooledBlob]) -> Bool {
        manifest.layers.map(\.digest) == layers.map(\.status.digest)
    }

    /// The manifests of the layout part; an archive without one has none.
    private static func manifests(_ spool: ArchiveSpool) throws -> [OCILayout.Found] {
        try OCILayout(spool)?.manifests(spool) ?? []
    }
}
