// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What images take on the disk, from the view in memory: no file is looked at but the list of unfinished downloads.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
import WharfMetadata
public import WharfOCI

extension ImageStore {
    /// What images take on the disk.
    public func diskUsage() async throws -> ImageUsage {
        try await blocking.own { [self] in
            try converting("disk usage of images") {
                let marker = Self.containerHolder("")
                let (images, layers) = table.withLock { table in (table.images.keys.compactMap { table.image($0) }, table.layers) }
                var uses: [Digest: Int] = [:]
                for image in images { for layer in Set(image.layers.map(\.chainID)) { uses[layer, default: 0] += 1 } }
                var usage = ImageUsage()
                usage.layers = layers.values.reduce(0) { $0 + $1.size }
                var neededLayers: Set<Digest> = []
                try metadata.read { transaction in
                    for image in images.sorted(by: { ($0.created, $1.id.hex) > ($1.created, $0.id.hex) }) {
                        let containers = try transaction.holders(of: Self.resource(image.id))
                            .filter { $0.utf8.starts(with: marker.utf8) }.map { String($0.dropFirst(marker.count)) }
                        let shared = image.layers.filter { uses[$0.chainID, default: 0] > 1 }.reduce(0) { $0 + $1.size }
                        if !containers.isEmpty { neededLayers.formUnion(image.layers.map(\.chainID)) }
                        usage.items.append(
                            ImageUsage.Item(image: image, shared: shared, unique: image.size - shared, containers: containers))
                    }
                }
                usage.reclaimable = layers.values.filter { !neededLayers.contains($0.chainID) }.reduce(0) { $0 + $1.size }
                usage.downloads = try downloads().reduce(0) { $0 + $1.offset }
                return usage
            }
        }
    }

    /// How many bytes of each image's layers other images have too: `docker images` with shared sizes.
    public func sharedSizes() -> [Digest: Int64] {
        let images = table.withLock { table in table.images.keys.compactMap { table.image($0) } }
        var uses: [Digest: Int] = [:]
        for image in images { for layer in Set(image.layers.map(\.chainID)) { uses[layer, default: 0] += 1 } }
        return images.reduce(into: [:]) { sizes, image in
            sizes[image.id] = image.layers.filter { uses[$0.chainID, default: 0] > 1 }.reduce(0) { $0 + $1.size }
        }
    }
}
