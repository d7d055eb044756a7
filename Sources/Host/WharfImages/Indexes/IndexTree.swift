// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An index with what is here of it: its documents are read and walked, whatever they name is listed once, and each entry says
// whether it can be had.

import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// The documents of one index.
struct IndexTree {
    /// A manifest that the index names, at any depth.
    struct Entry {
        let descriptor: ContentDescriptor
        /// Nil if it is not here.
        let member: IndexRecord.Member?
    }

    /// An index document, inner ones behind the outer.
    struct Document {
        let descriptor: ContentDescriptor
        let bytes: [UInt8]
    }

    let record: IndexRecord
    private(set) var entries: [Entry] = []
    private(set) var documents: [Document] = []
    /// Indexes in the index that are not here.
    private(set) var missing: [ContentDescriptor] = []

    /// Reads the documents. Blocks.
    ///
    /// - Throws: `dataLoss` for one that is not what was stored.
    init(_ record: IndexRecord, _ content: any BlobStore) throws {
        self.record = record
        try walk(record.descriptor, content, depth: 1)
    }

    private mutating func walk(_ descriptor: ContentDescriptor, _ content: any BlobStore, depth: Int) throws {
        guard depth <= Index.depthLimit, try content.status(descriptor.digest) != nil else {
            missing.append(descriptor)
            return
        }
        let bytes = try content.readAll(descriptor.digest, limit: Manifest.limits.bytes)
        guard ContentHasher.digest(of: bytes, descriptor.digest.algorithm) == descriptor.digest else {
            throw WharfError(.dataLoss, "index \(descriptor.digest) is not what was stored")
        }
        documents.append(Document(descriptor: descriptor, bytes: bytes))
        let index = try converting("index \(descriptor.digest)") { try Index.parse(bytes) }
        for child in index.manifests {
            if MediaType.isIndex(child.mediaType) {
                try walk(child, content, depth: depth + 1)
            } else if !entries.contains(where: { $0.descriptor.digest == child.digest }) {
                entries.append(Entry(descriptor: child, member: record.member(child.digest)))
            }
        }
    }
}
