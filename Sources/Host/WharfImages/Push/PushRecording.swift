// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What this host remembers of a push: the digest by which the repository knows the image now, and that it has the blobs, so
// that the next push to a neighbour need not send them.

import Synchronization
import WharfJSON
import WharfMetadata
import WharfOCI

extension ImageStore {
    /// Writes the rows. Nothing to remember is no write. Blocks.
    func remember(_ contents: ImageContents, pushedAs name: ReferenceRecord) throws {
        let digest = ReferenceRecord(
            name.reference.with(digest: contents.manifest.digest), image: contents.record.digest, tagged: name.tagged)
        try changes.withLock { _ in
            let (layers, isKnown) = table.withLock { table -> ([LayerRecord], Bool) in
                let layers = contents.layers.compactMap { layer -> LayerRecord? in
                    guard let row = table.layers[layer.record.chainID], row.blob?.digest == layer.descriptor.digest else { return nil }
                    return row.adding(source: name.reference.name)
                }
                // The image may have been removed meanwhile; then there is nothing to name.
                let isGone = table.images[contents.record.digest] == nil
                return (layers, isGone || table.references[digest.id]?.image == digest.image)
            }
            guard !layers.isEmpty || !isKnown else { return }
            try metadata.write(durable: true) { transaction in
                for layer in layers { try transaction.put(layer) }
                if !isKnown { try transaction.put(digest) }
            }
            table.withLock { table in
                for layer in layers { table.put(layer) }
                if !isKnown { table.put(digest) }
            }
        }
    }
}
