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
    /// - Parameter retagging: a name that means the same image already counts as given anew.
    func record(_ images: [ImageJob.NewImage], layers: [LayerRecord], retagging: Bool) throws -> [(Reference, Digest)] {
        let now = Timestamp.now()
        let (known, present) = table.withLock { ($0.images, $0.references) }
        let names = images.flatMap { image in
            image.references.filter { retagging || present[$0.description]?.image != image.record.digest }
                .map { ReferenceRecord($0, image: image.record.digest, tagged: now) }
        }
        guard !layers.isEmpty || !names.isEmpty || images.contains(where: { known[$0.record.digest] == nil }) else { return [] }
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
