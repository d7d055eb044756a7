// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An index as it leaves this host: its documents byte for byte, and of its manifests those that are here with every blob.

import Synchronization
import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// Documents and blobs of one index, ready to be sent or saved. All blobs are pinned until `release`.
final class IndexContents: @unchecked Sendable {
    // Unchecked: written by the one call that makes it.

    /// A manifest that is here whole.
    struct Part: Sendable {
        /// As the index names it.
        let descriptor: ContentDescriptor
        let document: [UInt8]
        let manifest: Manifest
        /// Nil for what is no image here.
        let image: Digest?

        /// What the manifest names, each once: layers, then the configuration.
        var blobs: [ContentDescriptor] {
            (manifest.layers + [manifest.config]).reduce(into: []) { blobs, next in
                if !blobs.contains(where: { $0.digest == next.digest }) { blobs.append(next.bare) }
            }
        }
    }

    let descriptor: ContentDescriptor
    /// The outermost first.
    let documents: [IndexTree.Document]
    /// In the order of the index.
    let parts: [Part]
    /// Manifests and indexes that the index names and that are not here, or not whole.
    let missing: [ContentDescriptor]
    private let job: ImageJob

    private init(_ tree: IndexTree, parts: [Part], missing: [ContentDescriptor], job: ImageJob) {
        descriptor = tree.record.descriptor
        documents = tree.documents
        self.parts = parts
        self.missing = missing + tree.missing
        self.job = job
    }

    /// Lets its blobs be removed again. Blocks.
    func release() { job.end() }

    /// Collects an index's parts. Blocks.
    ///
    /// - Throws: `notFound` if no name means it any more, `dataLoss` for a document that is not what was stored.
    static func collect(_ index: Digest, in store: ImageStore) throws -> IndexContents {
        let job = ImageJob(store, "read")
        do {
            guard let record = store.table.withLock({ $0.indexes[index] }) else { throw WharfError(.notFound, "No such image: \(index)") }
            for document in record.documents { _ = try job.stored(document) }
            let tree = try IndexTree(record, store.content)
            var parts: [Part] = []
            var missing: [ContentDescriptor] = []
            for entry in tree.entries {
                if let part = try part(entry, job) { parts.append(part) } else { missing.append(entry.descriptor) }
            }
            return IndexContents(tree, parts: parts, missing: missing, job: job)
        } catch {
            job.end()
            throw error
        }
    }

    private static func part(_ entry: IndexTree.Entry, _ job: ImageJob) throws -> Part? {
        guard let member = entry.member else { return nil }
        for blob in member.blobs where try job.stored(blob) == nil { return nil }
        let digest = member.manifest.digest
        let bytes = try job.content.readAll(digest, limit: Manifest.limits.bytes)
        guard ContentHasher.digest(of: bytes, digest.algorithm) == digest else {
            throw WharfError(.dataLoss, "manifest \(digest) is not what was stored")
        }
        let manifest = try converting("manifest \(digest)") { try Manifest.parse(bytes) }
        return Part(descriptor: entry.descriptor, document: bytes, manifest: manifest, image: member.image)
    }
}
