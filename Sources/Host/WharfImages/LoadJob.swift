// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What one load or import has made and not published yet: private blobs, unpacked layers, pins. It ends in `commit` or in
// `abandon`; nothing of it is visible before the first, and nothing is left of it behind the second.

import Glibc
import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfSnapshots

/// The work of one `load` or `importTar`. Used on one thread.
final class LoadJob {
    /// A layer that was unpacked here.
    struct NewLayer {
        let record: LayerRecord
        /// The snapshot's private key.
        let key: String
        /// Its tree.
        let root: Descriptor
    }

    /// An image that is ready to become real.
    struct NewImage {
        let record: ImageRecord
        let references: [Reference]
    }

    let store: ImageStore
    let progress: @Sendable (ImageProgress) -> Void
    private let name: String
    private var ingests: [any BlobIngest] = []
    /// Sealed ingests by digest, one for each.
    private var sealed: [Digest: any BlobIngest] = [:]
    private var wanted: Set<Digest> = []
    /// What may have been published; empty before the commit.
    private var published: Set<Digest> = []
    /// In the order in which they were unpacked: a layer stands behind what it stands on.
    private(set) var newLayers: [NewLayer] = []
    private(set) var images: [NewImage] = []
    private var pinnedLayers: [Digest] = []
    private var pinnedBlobs: [Digest] = []

    var content: any BlobStore { store.content }

    init(_ store: ImageStore, progress: @escaping @Sendable (ImageProgress) -> Void) {
        self.store = store
        self.progress = progress
        name = "load-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    }

    // MARK: Blobs

    func newIngest() throws(ContentError) -> any BlobIngest {
        let ingest = try content.ingest("\(name)-\(ingests.count)")
        ingests.append(ingest)
        return ingest
    }

    /// Ends an ingest's writing and checks it.
    func seal(_ ingest: any BlobIngest, digest: Digest? = nil) throws(ContentError) -> BlobStatus {
        let status = try ingest.seal(digest: digest, size: nil)
        if sealed[status.digest] == nil { sealed[status.digest] = ingest }
        return status
    }

    /// Drops a sealed ingest whose bytes the store has.
    func drop(_ ingest: any BlobIngest, _ digest: Digest) throws(ContentError) {
        sealed[digest] = nil
        try ingest.discard()
    }

    /// A blob that the store has, kept there until this job ends.
    func stored(_ digest: Digest) throws(ContentError) -> SpooledBlob? {
        pinnedBlobs.append(digest)
        // A removal decides and deletes under the same lock: the blob is gone by now or stays.
        return try store.changes.withLock { _ throws(ContentError) in
            store.table.withLock { $0.pinBlob(digest) }
            return try content.status(digest)
        }.map { SpooledBlob($0, ingest: nil, store: content) }
    }

    /// Makes a small blob: a manifest or config that the archive lacks.
    func make(_ bytes: [UInt8]) throws(ContentError) -> BlobStatus {
        let ingest = try newIngest()
        try bytes.withRawBytes { bytes throws(ContentError) in try ingest.write(bytes) }
        let status = try seal(ingest)
        wanted.insert(status.digest)
        return status
    }

    /// The sealed ingest of a digest.
    func ingest(_ digest: Digest) -> (any BlobIngest)? { sealed[digest] }

    /// Marks a blob as one that an image needs.
    func want(_ blob: SpooledBlob) { wanted.insert(blob.status.digest) }

    // MARK: Layers

    /// What is known of a layer: unpacked by this job, or real and kept until this job ends.
    func layer(_ chainID: Digest) -> LayerRecord? {
        if let layer = newLayers.first(where: { $0.record.chainID == chainID }) { return layer.record }
        let record = store.changes.withLock { _ in store.table.withLock { $0.pinLayer(chainID) ? $0.layers[chainID] : nil } }
        if record != nil { pinnedLayers.append(chainID) }
        return record
    }

    func newLayerKey() -> String { "\(name)-layer-\(newLayers.count)" }

    func add(_ layer: NewLayer) { newLayers.append(layer) }

    func add(_ image: NewImage) { images.append(image) }

    // MARK: Ends

    /// Makes everything real. - Throws: then nothing is.
    func commit() throws -> [LoadedImage] {
        let blobs = wanted.compactMap { sealed[$0] }
        if !blobs.isEmpty || !newLayers.isEmpty {
            // One flush for all files of all layers and blobs.
            try content.synchronize()
            try store.snapshots.synchronize()
        }
        let renamed = try store.changes.withLock { _ in
            published = wanted
            try content.publish(blobs, synchronized: true)
            let layers = try commitLayers()
            do {
                return try store.record(images, layers: layers.records)
            } catch {
                // Without rows the layers are garbage; what can't be removed now goes at the next start.
                for layer in layers.named.reversed() { try? store.snapshots.remove(layer.chainID.description) }
                throw error
            }
        }
        for (reference, old) in renamed { progress(.renamed(reference, from: old)) }
        finish()
        return images.map { LoadedImage(id: $0.record.digest, references: $0.references) }
    }

    /// Drops everything.
    func abandon() {
        // Left-overs go at the next start; the error that led here is the one to tell.
        for layer in newLayers.reversed() { try? store.snapshots.remove(layer.key) }
        finish()
        // Blobs that were published before the rows failed; another job's pin keeps those that it found.
        store.changes.withLock { _ in
            for digest in published where !store.table.withLock({ $0.isNeeded(digest) }) { try? content.delete(digest) }
        }
    }

    private func finish() {
        // Members that no image needed; published ones are closed already.
        for ingest in ingests { try? ingest.discard() }
        ingests = []
        let (layers, blobs) = (pinnedLayers, pinnedBlobs)
        (pinnedLayers, pinnedBlobs) = ([], [])
        store.table.withLock { $0.unpin(layers: layers, blobs: blobs) }
    }

    /// Gives the layers their names, unless the same one has it already.
    private func commitLayers() throws(SnapshotError) -> (records: [LayerRecord], named: [LayerRecord]) {
        var named: [LayerRecord] = []
        do throws(SnapshotError) {
            for layer in newLayers {
                let name = layer.record.chainID.description
                do throws(SnapshotError) {
                    try store.snapshots.commitLayer(layer.key, as: name, parent: layer.record.parent?.description)
                    named.append(layer.record)
                } catch {
                    guard case .exists = error else { throw error }
                    try store.snapshots.remove(layer.key)
                }
            }
            return (newLayers.map(\.record), named)
        } catch {
            for layer in named.reversed() { try? store.snapshots.remove(layer.chainID.description) }  // else at the next start
            throw error
        }
    }
}
