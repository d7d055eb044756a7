// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The rows of new images, layers, indexes and names in one transaction, and the view behind it.

import Synchronization
import WharfError
import WharfJSON
import WharfMetadata
import WharfOCI

extension ImageStore {
    /// Writes the rows and changes the view. Called with `changes` held.
    ///
    /// - Parameter retagging: a name that means the same image already counts as given anew.
    /// - Returns: the names that meant another image before, with that image.
    func record(
        _ images: [ImageJob.NewImage], indexes: [ImageJob.NewIndex] = [], layers: [LayerRecord], retagging: Bool
    ) throws -> [(Reference, Digest)] {
        let before = table.withLock { $0 }
        let merged = Self.merged(indexes.map(\.record), before)
        let added = images.filter { before.images[$0.record.digest] == nil }
        let names = Self.names(images, indexes, merged, before, retagging: retagging)
        let emptied = Self.emptied(names, before)
        let changed = merged.filter { before.indexes[$0.descriptor.digest] != $0 }
        guard !layers.isEmpty || !names.isEmpty || !added.isEmpty || !changed.isEmpty else { return [] }
        try metadata.write(durable: true) { transaction in
            for layer in layers { try transaction.put(layer) }
            for image in added { try transaction.put(image.record) }
            for index in changed { try transaction.put(index) }
            for record in names { try transaction.put(record) }
            for index in emptied { try transaction.delete(IndexRecord.self, id: index.description) }
        }
        let renamed = table.withLock { table in
            var renamed: [(Reference, Digest)] = []
            for layer in layers { table.put(layer) }
            for image in added { table.put(image.record) }
            for index in changed { table.put(index) }
            for record in names {
                // A name that got a further platform has not moved.
                if let old = table.references[record.id], old.image != record.image, old.index == nil || old.index != record.index {
                    renamed.append((record.reference, old.image))
                }
                table.put(record)
            }
            for index in emptied { table.removeIndex(index) }
            return renamed
        }
        deleteBlobs(emptied.flatMap { before.indexes[$0]?.blobs ?? [] })
        return renamed
    }

    /// The rows of indexes with what older rows of the same ones know.
    private static func merged(_ new: [IndexRecord], _ before: ImageTable) -> [IndexRecord] {
        var result: [IndexRecord] = []
        for record in new {
            if let place = result.firstIndex(where: { $0.descriptor.digest == record.descriptor.digest }) {
                result[place] = result[place].merged(with: record)
            } else {
                result.append(before.indexes[record.descriptor.digest].map { record.merged(with: $0) } ?? record)
            }
        }
        return result
    }

    private static func names(
        _ images: [ImageJob.NewImage], _ indexes: [ImageJob.NewIndex], _ merged: [IndexRecord], _ before: ImageTable, retagging: Bool
    ) -> [ReferenceRecord] {
        let now = Timestamp.now()
        func isNews(_ record: ReferenceRecord) -> Bool {
            let old = before.references[record.id]
            return retagging || old?.image != record.image || old?.index != record.index
        }
        var names = images.flatMap { image in
            image.references.map { ReferenceRecord($0, image: image.record.digest, tagged: now) }.filter(isNews)
        }
        let platforms = images.reduce(into: before.images.mapValues(\.platform)) { $0[$1.record.digest] = $1.record.platform }
        for record in merged {
            let digest = record.descriptor.digest
            guard let primary = record.primary({ platforms[$0] }) else { continue }
            let own = indexes.filter { $0.record.descriptor.digest == digest }.flatMap(\.references)
            names += own.map { ReferenceRecord($0, image: primary, index: digest, tagged: now) }.filter(isNews)
            // Other names of the index may mean another image now that there are more platforms.
            names += before.names(ofIndex: digest).filter { $0.image != primary && !own.contains($0.reference) }
                .map { ReferenceRecord($0.reference, image: primary, index: digest, tagged: $0.tagged) }
        }
        return names
    }

    /// Indexes that lose their last name to `names`.
    private static func emptied(_ names: [ReferenceRecord], _ before: ImageTable) -> [Digest] {
        let taken = Dictionary(names.map { ($0.id, $0.index) }) { $1 }
        let losing = Set(names.compactMap { name in before.references[name.id]?.index.flatMap { $0 == name.index ? nil : $0 } })
        return losing.filter { index in
            !names.contains { $0.index == index } && before.names(ofIndex: index).allSatisfy { taken[$0.id] != nil }
        }
    }
}
