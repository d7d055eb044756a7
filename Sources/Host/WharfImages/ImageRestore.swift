// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The start: rows become the view, and what no row names is dropped. The rows are the truth; an image whose files are not
// what its rows say is reported and kept, never deleted.

import Logging
import Synchronization
import WharfContent
import WharfError
import WharfMetadata
import WharfOCI
import WharfSnapshots

extension ImageStore {
    /// Reads the rows and reconciles the stores with them. Blocks; called once, before anything else.
    func restore(keepingUnowned: Bool = false) throws(WharfError) {
        try converting("images") {
            let (images, references, layers, indexes) = try metadata.read { transaction in
                (
                    try transaction.list(ImageRecord.self).map(\.record), try transaction.list(ReferenceRecord.self).map(\.record),
                    try transaction.list(LayerRecord.self).map(\.record), try transaction.list(IndexRecord.self).map(\.record)
                )
            }
            table.withLock { table in
                for layer in layers { table.put(layer) }
                for image in images { table.put(image) }
                for index in indexes { table.put(index) }
                for reference in references where table.images[reference.image] != nil { table.put(reference) }
            }
            cleaner.add(snapshots.takeLeftovers())
            if !keepingUnowned { try dropUnowned() }
            reportDamage(images)
        }
    }

    /// Unfinished loads, blobs and layers without a row. Unfinished downloads wait for their next attempt.
    private func dropUnowned() throws {
        for ingest in try content.ingests() where ingest.key.hasPrefix("load-") || ingest.key.hasPrefix("put-") {
            try content.discardIngest(ingest.key)
        }
        let needed = table.withLock { $0.neededBlobs }
        for blob in try content.list() where !needed.contains(blob.digest) { try content.delete(blob.digest) }
        let orphans = table.withLock { $0.orphanedLayers() }
        if !orphans.isEmpty {
            try metadata.write(durable: false) { transaction in
                for layer in orphans { try transaction.delete(LayerRecord.self, id: layer.id) }
            }
            table.withLock { table in
                for layer in orphans { table.removeLayer(layer.chainID) }
            }
        }
        sweepLayers()
    }

    private func reportDamage(_ images: [ImageRecord]) {
        for image in images {
            let missingLayers = image.layers.filter { snapshots.status($0.description) == nil }
            let missingBlobs = image.blobs.filter { ((try? content.status($0)) ?? nil) == nil }  // unreadable is as good as missing here
            guard !missingLayers.isEmpty || !missingBlobs.isEmpty else { continue }
            log.error(
                "an image is damaged", metadata: ["image": "\(image.digest)", "layers": "\(missingLayers)", "blobs": "\(missingBlobs)"])
        }
    }
}
