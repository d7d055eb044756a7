// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The layers of an image that comes from this host: found or unpacked, and completed from the bottom up.

import WharfArchive
import WharfContent
import WharfError
import WharfLinux
import WharfOCI
import WharfSnapshots

extension ImageJob {
    /// Unpacks what is not here of an image's layers, several at once.
    ///
    /// - Parameter layers: from the bottom up.
    /// - Returns: what each was compressed with.
    func unpack(_ layers: [(blob: SpooledBlob, diffID: Digest)]) throws -> [Compression] {
        let chain = chainIDs(layers.map(\.diffID))
        let work = layers.indices.filter { layer(chain[$0]) == nil }.map {
            LayerWork(position: $0, blob: layers[$0].blob, diffID: layers[$0].diffID, key: newLayerKey())
        }
        do {
            try unpack(work)
            var compressions: [Compression] = []
            for (position, (blob, diffID)) in layers.enumerated() {
                guard let tree = try work.first(where: { $0.position == position })?.take() else {
                    compressions.append(Compression.detect(try head(of: blob)))
                    continue
                }
                compressions.append(tree.compression)
                let parent = position == 0 ? nil : chain[position - 1]
                let descriptor = layerDescriptor(blob.status, tree.compression)
                let record = LayerRecord(chainID: chain[position], diffID: diffID, parent: parent, size: tree.size, blob: descriptor)
                // On the list first: whatever fails from here on, the tree goes with the others.
                add(NewLayer(record: record, key: tree.key, root: tree.root))
                try complete(tree, parent: parent)
            }
            return compressions
        } catch {
            // The first error is the one to tell; what can't be removed goes at the next start.
            for item in work { if let tree = try? item.take() { try? store.snapshots.remove(tree.key) } }
            throw error
        }
    }

    /// Gives directories that a layer only implies the attributes that they have below it.
    func complete(_ tree: LayerTree, parent: Digest?) throws {
        guard !tree.implied.isEmpty else { return }
        try inheritAttributes(tree.implied, of: tree.root, from: try directories(parent))
    }

    private func unpack(_ work: [LayerWork]) throws {
        for item in work { try takeEarly(item) }
        let queue = LayerQueue(work.filter { !$0.isDone }) { [store, progress] item in
            let total = item.blob.status.size
            let meter = ProgressMeter(total: total) { progress(.layer(id: item.diffID.short, current: $0, total: total)) }
            let source = LayerSource(try item.blob.open())
            source.watch(meter.moved)
            let tree = try converting("layer \(item.diffID)") { try store.unpackLayer(source, key: item.key, diffID: item.diffID) }
            meter.end()
            return tree
        }
        try queue.run()
    }

    /// Takes a tree that was unpacked while the archive came in. - Throws: what was wrong with it.
    private func takeEarly(_ item: LayerWork) throws {
        guard let result = early?.take(item.blob.status.digest) else { return }
        let tree = try converting("layer \(item.diffID)") { try result.get() }
        guard tree.diffID == item.diffID else {
            // One that has its name by another algorithm is hashed again; else the first error is the one to tell.
            try? store.snapshots.remove(tree.key)
            guard tree.diffID.algorithm == item.diffID.algorithm else { return }
            throw WharfError(.invalidArgument, "layer \(item.diffID) is damaged: its digest is \(tree.diffID)")
        }
        item.put(.success(tree))
        let total = item.blob.status.size
        progress(.layer(id: item.diffID.short, current: total, total: total))
    }

    /// The trees of a layer and of what it stands on, topmost first; some may be new in this job.
    private func directories(_ top: Digest?) throws -> [Descriptor] {
        var result: [Descriptor] = []
        var next = top
        while let chainID = next {
            if let new = newLayers.first(where: { $0.record.chainID == chainID }) {
                result.append(new.root)
                next = new.record.parent
            } else {
                result += try store.snapshots.layers(chainID.description).map { try $0.openDirectory() }
                next = nil
            }
        }
        return result
    }

    private func head(of blob: SpooledBlob) throws -> [UInt8] {
        var head = [UInt8](repeating: 0, count: Compression.magicLength)
        let reader = try blob.open()
        let count = try head.withMutableRawBytes { buffer throws(ContentError) -> Int in try reader.read(into: buffer, at: 0) }
        return Array(head.prefix(count))
    }
}

/// A layer's blob as a manifest names it.
func layerDescriptor(_ blob: BlobStatus, _ compression: Compression) -> ContentDescriptor {
    let type =
        switch compression {
        case .gzip: MediaType.ociLayerGzip
        case .zstd: MediaType.ociLayerZstd
        case .none, .xz, .bzip2: MediaType.ociLayer
        }
    return ContentDescriptor(mediaType: type, digest: blob.digest, size: blob.size)
}

/// The names of an image's layers with everything below them, from the bottom up.
func chainIDs(_ diffIDs: [Digest]) -> [Digest] { diffIDs.reduce(into: []) { $0.append(chainID($1, on: $0.last)) } }
