// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What one load, import, pull or commit has made and not published yet: private blobs, unpacked layers, pins. It ends in
// `commit` or in `abandon`; nothing of it is visible before the first, and nothing is left of it behind the second.

import Glibc
import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfSnapshots

/// The work of one verb that makes images.
final class ImageJob: @unchecked Sendable {
    // Unchecked: used by one thread at a time; a pull's steps run on several, one after the other.

    /// A layer that was unpacked here.
    struct NewLayer {
        var record: LayerRecord
        /// The snapshot's private key.
        let key: String
        /// Its tree.
        let root: Descriptor
    }

    /// An image that is ready to become real.
    struct NewImage {
        let record: ImageRecord
        let references: [Reference]
        /// Named by an index of this job, and not told of by itself.
        var isPart = false
    }

    /// An index that is ready to become real, with the names that mean it.
    struct NewIndex {
        var record: IndexRecord
        var references: [Reference]
    }

    let store: ImageStore
    let progress: @Sendable (ImageProgress) -> Void
    /// For failpoints and keys: `load`.
    private let verb: String
    private let name: String
    /// Layers of an archive that are unpacked before they are known to be wanted.
    var early: EarlyUnpacking?
    private var ingests: [any BlobIngest] = []
    private var keys = 0
    /// Sealed ingests by digest, one for each.
    private var sealed: [Digest: any BlobIngest] = [:]
    private var wanted: Set<Digest> = []
    /// What may have been published; empty before the commit.
    private var published: Set<Digest> = []
    /// In the order in which they were unpacked: a layer stands behind what it stands on.
    private(set) var newLayers: [NewLayer] = []
    /// Layers that are unpacked for several pulls, from the bottom up.
    private var sharedLayers: [LayerFetch] = []
    /// Rows of layers that are here and got something to remember.
    private var updates: [LayerRecord] = []
    private(set) var images: [NewImage] = []
    private(set) var indexes: [NewIndex] = []
    private var pinnedLayers: [Digest] = []
    private var pinnedBlobs: [Digest] = []

    var content: any BlobStore { store.content }

    init(_ store: ImageStore, _ verb: String, progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }) {
        self.store = store
        self.progress = progress
        self.verb = verb
        // The start drops ingests with this beginning.
        name = "load-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    }

    /// A place where a test may want to see the daemon die.
    func reach(_ step: String) throws(SyscallError) { try Failpoint.hit("image.\(verb).\(step)") }

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
        if sealed[digest] === ingest { sealed[digest] = nil }
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

    /// Makes a small blob whose digest is known, unless it is here.
    func keep(_ bytes: [UInt8], _ digest: Digest) throws(ContentError) {
        guard try stored(digest) == nil, sealed[digest] == nil else { return }
        let ingest = try newIngest()
        try bytes.withRawBytes { bytes throws(ContentError) in try ingest.write(bytes) }
        wanted.insert(try seal(ingest, digest: digest).digest)
    }

    /// The sealed ingest of a digest.
    func ingest(_ digest: Digest) -> (any BlobIngest)? { sealed[digest] }

    /// Marks a blob as one that an image needs.
    func want(_ blob: SpooledBlob) { want(blob.status.digest) }

    func want(_ digest: Digest) { wanted.insert(digest) }

    /// Makes the wanted blobs visible. Called with `changes` held, when their bytes are on the disk.
    func publishWanted() throws(ContentError) {
        published = wanted
        try content.publish(wanted.compactMap { sealed[$0] }, synchronized: true)
    }

    // MARK: Layers

    /// What is known of a layer: unpacked by this job, or real and kept until this job ends.
    func layer(_ chainID: Digest) -> LayerRecord? {
        if let layer = newLayers.first(where: { $0.record.chainID == chainID }) { return layer.record }
        let record = store.changes.withLock { _ in store.table.withLock { $0.pinLayer(chainID) ? $0.layers[chainID] : nil } }
        if record != nil { pinnedLayers.append(chainID) }
        return record
    }

    func newLayerKey() -> String {
        keys += 1
        return "\(name)-layer-\(keys)"
    }

    func add(_ layer: NewLayer) { newLayers.append(layer) }

    func add(_ layer: LayerFetch) { sharedLayers.append(layer) }

    func update(_ layer: LayerRecord) { updates.append(layer) }

    func add(_ image: NewImage) { images.append(image) }

    func add(_ index: NewIndex) { indexes.append(index) }

    // MARK: Ends

    /// Makes everything real. - Throws: then nothing is.
    func commit() throws -> [LoadedImage] {
        let blobs = wanted.compactMap { sealed[$0] }
        let isFilled = !blobs.isEmpty || !newLayers.isEmpty || !sharedLayers.isEmpty
        if isFilled {
            try reach("flush")
            // One flush for all files of all layers and blobs.
            try content.synchronize()
            try store.snapshots.synchronize()
        }
        let renamed = try store.changes.withLock { _ in
            if isFilled { try reach("publish") }
            try publishWanted()
            try content.publish(sharedLayers.compactMap { $0.takeIngest() }, synchronized: true)
            if isFilled { try reach("name") }
            let layers = try commitLayers()
            do {
                try reach("record")
                return try store.record(images, indexes: indexes, layers: layers.records + updates, retagging: verb != "pull")
            } catch {
                // Without rows the layers are garbage; what can't be removed now goes at the next start.
                for layer in layers.named.reversed() { try? store.snapshots.remove(layer.chainID.description) }
                throw error
            }
        }
        try reach("reply")
        for (reference, old) in renamed { progress(.renamed(reference, from: old)) }
        end()
        return images.filter { !$0.isPart }.map { LoadedImage(id: $0.record.digest, references: $0.references) } + loadedIndexes
    }

    /// Indexes by the image that each means here.
    private var loadedIndexes: [LoadedImage] {
        let platforms = images.reduce(into: [:]) { $0[$1.record.digest] = $1.record.platform }
        return indexes.compactMap { index in
            index.record.primary { platforms[$0] }.map { LoadedImage(id: $0, references: index.references) }
        }
    }

    /// Drops everything.
    func abandon() {
        early?.end()
        // Left-overs go at the next start; the error that led here is the one to tell.
        for layer in newLayers.reversed() { try? store.snapshots.remove(layer.key) }
        end()
        // Blobs that were published before the rows failed; another job's pin keeps those that it found.
        store.changes.withLock { _ in
            for digest in published where !store.table.withLock({ $0.isNeeded(digest) }) { try? content.delete(digest) }
        }
    }

    /// Lets go of blobs that no image needs, and of pins. A second call does nothing.
    func end() {
        early?.end()
        early = nil
        // Published ones are closed already.
        for ingest in ingests { try? ingest.discard() }
        ingests = []
        let (layers, blobs) = (pinnedLayers, pinnedBlobs)
        (pinnedLayers, pinnedBlobs) = ([], [])
        store.table.withLock { $0.unpin(layers: layers, blobs: blobs) }
    }

    /// Gives the layers their names, unless the same one has it already.
    ///
    /// - Returns: all rows, and those whose name this job alone has made.
    private func commitLayers() throws -> (records: [LayerRecord], named: [LayerRecord]) {
        var named: [LayerRecord] = []
        var records: [LayerRecord] = []
        do {
            for layer in newLayers {
                let name = layer.record.chainID.description
                records.append(layer.record)
                do throws(SnapshotError) {
                    try store.snapshots.commitLayer(layer.key, as: name, parent: layer.record.parent?.description)
                    named.append(layer.record)
                } catch {
                    guard case .exists = error else { throw error }
                    try store.snapshots.remove(layer.key)
                }
            }
            for layer in sharedLayers { records.append(try layer.commit(on: parent(of: layer))) }
            // Another verb was first with the row: its blob counts.
            let known = store.table.withLock { $0.layers }
            return (records.map { known[$0.chainID] ?? $0 }, named)
        } catch {
            for layer in named.reversed() { try? store.snapshots.remove(layer.chainID.description) }  // else at the next start
            throw error
        }
    }

    /// What a layer stands on in this job's image.
    private func parent(of layer: LayerFetch) -> Digest? {
        for image in images {
            if let place = image.record.layers.firstIndex(of: layer.plan.chainID) {
                return place == 0 ? nil : image.record.layers[place - 1]
            }
        }
        return nil
    }
}
