// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The rows of new images, layers and names in one transaction, and the view behind it.

import Synchronization
import WharfError
import WharfJSON
import WharfMetadata
import WharfOCI

extension ImageStore {
    /// Writes the rows and changes the view. Called with `changes` held.
    ///
    /// - Returns: the names that meant another image before, with that image.
    func record(_ images: [LoadJob.NewImage], layers: [LayerRecord]) throws -> [(Reference, Digest)] {
        let now = Timestamp.now()
        let known = table.withLock { $0.images }
        let names = images.flatMap { image in
            image.references.map { ReferenceRecord($0, image: image.record.digest, tagged: now) }
        }
        try metadata.write(durable: true) { transaction in
            for layer in layers { try transaction.put(layer) }
            for image in images where known[image.record.digest] == nil { try transaction.put(image.record) }
            for record in names { try transaction.put(record) }
        }
        return table.withLock { table in
            var renamed: [(Reference, Digest)] = []
            for layer in layers { table.put(layer) }
            for image in images where table.images[image.record.digest] == nil { table.put(image.record) }
            for record in names {
                if let old = table.references[record.id]?.image, old != record.image { renamed.append((record.reference, old)) }
                table.put(record)
            }
            return renamed
        }
    }
}
