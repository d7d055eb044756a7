// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The view of all images in memory. Lists and lookups read it and never wait for the disk; it changes right behind the
// rows. Layers and blobs that a running load counts on are pinned here, so that a removal leaves them.

import WharfOCI

/// The tables, guarded by the store's mutex.
struct ImageTable {
    private(set) var images: [Digest: ImageRecord] = [:]
    /// By full name.
    private(set) var references: [String: ReferenceRecord] = [:]
    private(set) var layers: [Digest: LayerRecord] = [:]
    private(set) var indexes: [Digest: IndexRecord] = [:]
    private var namesOfImage: [Digest: Set<String>] = [:]
    private var namesOfIndex: [Digest: Set<String>] = [:]
    private var indexesOfImage: [Digest: Set<Digest>] = [:]
    private var pinnedLayers: [Digest: Int] = [:]
    private var pinnedBlobs: [Digest: Int] = [:]

    // MARK: Reading

    func image(_ id: Digest) -> Image? {
        guard let record = images[id] else { return nil }
        let names = self.records(of: id)
        let layers = record.layers.compactMap { chainID in
            self.layers[chainID].map { ImageLayer(chainID: chainID, diffID: $0.diffID, size: $0.size) }
        }
        return Image(
            id: id,
            references: names.map(\.reference).sorted { $0.familiar.utf8.lexicographicallyPrecedes($1.familiar.utf8) },
            created: record.created, tagged: names.map(\.tagged).max() ?? record.added, size: layers.reduce(0) { $0 + $1.size },
            labels: record.labels, platform: record.platform, manifest: record.manifest, layers: layers,
            index: names.lazy.compactMap(\.index).first.flatMap { indexes[$0]?.descriptor },
            isVariant: !names.isEmpty && names.allSatisfy { $0.image != id })
    }

    /// The names of an image: its own, and those of the indexes that it belongs to.
    func records(of id: Digest) -> [ReferenceRecord] {
        var names = namesOfImage[id] ?? []
        for index in indexesOfImage[id] ?? [] { names.formUnion(namesOfIndex[index] ?? []) }
        return names.compactMap { references[$0] }
    }

    /// The names that mean an index.
    func names(ofIndex digest: Digest) -> [ReferenceRecord] { (namesOfIndex[digest] ?? []).compactMap { references[$0] } }

    /// The image that a name means.
    func target(_ reference: Reference) -> Digest? {
        if let digest = reference.digest, let found = references[reference.with(digest: digest).description] { return found.image }
        return reference.digest == nil ? references[reference.withDefaultTag.description]?.image : nil
    }

    /// The one image whose id starts so, with or without `sha256:`; nil for none and for several.
    func search(_ prefix: String) -> Digest? {
        let marker = "sha256:"
        let bytes = Array(prefix.utf8.starts(with: marker.utf8) ? prefix.utf8.dropFirst(marker.utf8.count) : prefix.utf8[...])
        guard !bytes.isEmpty else { return nil }
        let matches = images.keys.filter { $0.hex.utf8.starts(with: bytes) }
        return matches.count == 1 ? matches.first : nil
    }

    func names(of id: Digest) -> [Reference] { image(id)?.references ?? [] }

    // MARK: Changing

    mutating func put(_ image: ImageRecord) { images[image.digest] = image }

    mutating func put(_ layer: LayerRecord) { layers[layer.chainID] = layer }

    mutating func put(_ reference: ReferenceRecord) {
        removeReference(reference.id)
        references[reference.id] = reference
        namesOfImage[reference.image, default: []].insert(reference.id)
        if let index = reference.index { namesOfIndex[index, default: []].insert(reference.id) }
    }

    mutating func put(_ index: IndexRecord) {
        removeIndex(index.descriptor.digest)
        indexes[index.descriptor.digest] = index
        for image in index.images { indexesOfImage[image, default: []].insert(index.descriptor.digest) }
    }

    mutating func removeIndex(_ digest: Digest) {
        guard let old = indexes.removeValue(forKey: digest) else { return }
        for image in old.images { indexesOfImage[image]?.remove(digest) }
    }

    mutating func removeReference(_ name: String) {
        guard let old = references.removeValue(forKey: name) else { return }
        namesOfImage[old.image]?.remove(name)
        if let index = old.index { namesOfIndex[index]?.remove(name) }
    }

    mutating func removeImage(_ id: Digest) {
        for name in namesOfImage[id] ?? [] { removeReference(name) }
        namesOfImage[id] = nil
        images[id] = nil
    }

    mutating func removeLayer(_ chainID: Digest) { layers[chainID] = nil }

    // MARK: Pins

    /// Takes a layer for a running load; false if it is not here.
    mutating func pinLayer(_ chainID: Digest) -> Bool {
        guard layers[chainID] != nil else { return false }
        pinnedLayers[chainID, default: 0] += 1
        return true
    }

    /// Keeps a layer that may not be here yet.
    mutating func holdLayer(_ chainID: Digest) { pinnedLayers[chainID, default: 0] += 1 }

    /// Layers that somebody keeps.
    var heldLayers: Set<Digest> { Set(pinnedLayers.keys) }

    mutating func pinBlob(_ digest: Digest) { pinnedBlobs[digest, default: 0] += 1 }

    mutating func unpin(layers: [Digest], blobs: [Digest]) {
        for layer in layers {
            pinnedLayers[layer, default: 1] -= 1
            if pinnedLayers[layer] == 0 { pinnedLayers[layer] = nil }
        }
        for blob in blobs {
            pinnedBlobs[blob, default: 1] -= 1
            if pinnedBlobs[blob] == 0 { pinnedBlobs[blob] = nil }
        }
    }

    /// Layers that no image but `gone` uses, the top first, and that nobody pinned.
    func orphanedLayers(without gone: Set<Digest> = []) -> [LayerRecord] {
        var used = Set(pinnedLayers.keys)
        for (id, image) in images where !gone.contains(id) { used.formUnion(image.layers) }
        // A pinned layer keeps what it stands on.
        for chainID in pinnedLayers.keys {
            var next = layers[chainID]?.parent
            while let parent = next {
                used.insert(parent)
                next = layers[parent]?.parent
            }
        }
        var orphans = layers.filter { !used.contains($0.key) }
        var ordered: [LayerRecord] = []
        while let top = orphans.first(where: { candidate in !orphans.values.contains { $0.parent == candidate.key } }) {
            ordered.append(top.value)
            orphans[top.key] = nil
        }
        return ordered
    }

    /// Whether an image, a layer or a running verb needs a blob.
    func isNeeded(_ blob: Digest) -> Bool {
        pinnedBlobs[blob] != nil || images.values.contains { $0.blobs.contains(blob) }
            || layers.values.contains { $0.blob?.digest == blob } || indexes.values.contains { $0.blobs.contains(blob) }
    }

    /// All blobs that images, layers or running verbs need.
    var neededBlobs: Set<Digest> {
        var needed = Set(pinnedBlobs.keys)
        for image in images.values { needed.formUnion(image.blobs) }
        for layer in layers.values { if let blob = layer.blob { needed.insert(blob.digest) } }
        for index in indexes.values { needed.formUnion(index.blobs) }
        return needed
    }
}
