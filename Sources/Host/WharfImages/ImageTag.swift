// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `tag`: another name for an image.

import Synchronization
import WharfBlocking
import WharfError
import WharfJSON
import WharfMetadata
public import WharfOCI

extension ImageStore {
    /// Gives the image that `name` means the name `reference` too; another image that had it loses it.
    ///
    /// - Returns: the image and the full name.
    /// - Throws: `notFound`; `invalidArgument` for a malformed name or one with a digest.
    @discardableResult
    public func tag(_ name: String, as reference: String) async throws -> (image: Image, reference: Reference) {
        let image = try resolve(name)
        // A name is given with all its platforms, an id alone.
        let index = self.index(meantBy: name)
        let parsed: Reference
        do { parsed = try Reference.parse(reference) } catch { throw WharfError(.invalidArgument, error.description, cause: error) }
        guard parsed.digest == nil else { throw WharfError(.invalidArgument, "refusing to create a tag with a digest reference") }
        guard parsed.familiarName != Digest.Algorithm.sha256.rawValue else {
            throw WharfError(.invalidArgument, "refusing to create an ambiguous tag using digest algorithm as name")
        }
        let full = parsed.withDefaultTag
        return try await blocking.own { [self] in
            try changes.withLock { _ in
                guard table.withLock({ $0.images[image.id] }) != nil else { throw WharfError(.notFound, "No such image: \(image.id)") }
                let record = ReferenceRecord(full, image: image.id, index: index, tagged: .now())
                let old = table.withLock { $0.references[record.id]?.index }
                // The name may be the last one of what it meant.
                let emptied = table.withLock { table in
                    old.flatMap { old in old != index && table.names(ofIndex: old).count == 1 ? table.indexes[old] : nil }
                }
                try converting("tag \(full.familiar)") {
                    try metadata.write(durable: true) { transaction in
                        try transaction.put(record)
                        if let emptied { try transaction.delete(IndexRecord.self, id: emptied.id) }
                    }
                }
                let result = table.withLock { table in
                    table.put(record)
                    if let emptied { table.removeIndex(emptied.descriptor.digest) }
                    return (table.image(image.id) ?? image, full)
                }
                if let emptied { deleteBlobs(emptied.blobs) }
                return result
            }
        }
    }
}
