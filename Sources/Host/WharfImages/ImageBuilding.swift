// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From an image's parts in an archive to an image that is ready: its config is checked, its layers are unpacked or found,
// its manifest is taken over or written.

import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfSnapshots

extension LoadJob {
    /// An image as an archive describes it.
    struct Parts {
        var config: SpooledBlob
        /// From the bottom up.
        var layers: [SpooledBlob]
        /// The archive's own manifest, if it has one that says the same.
        var manifest: (blob: SpooledBlob, mediaType: String)?
        var references: [Reference]
    }

    /// Makes an image ready. One that is here already only gets the names.
    func build(_ parts: Parts, platform: Platform?) throws {
        let id = parts.config.status.digest
        let config = try converting("image config \(id)") {
            try ImageConfig.parse(try parts.config.readAll(limit: ImageConfig.limits.bytes))
        }
        if let platform, !platform.matches(config.platform) {
            throw WharfError(.notFound, "image \(id.short) is for \(config.platform), not for \(platform)")
        }
        guard config.platform.os == "linux" else {
            throw WharfError(.invalidArgument, "cannot load \(config.platform.os) image on linux")
        }
        if let known = store.table.withLock({ $0.images[id] }) {
            _ = known.layers.map { layer($0) }
            return add(NewImage(record: known, references: parts.references))
        }
        let expected = config.rootfs.diffIDs
        guard expected.count == parts.layers.count else {
            throw WharfError(
                .invalidArgument, "invalid manifest, layers length mismatch: expected \(expected.count), got \(parts.layers.count)")
        }
        var chain: [LayerRecord] = []
        var compressions: [Compression] = []
        for (blob, diffID) in zip(parts.layers, expected) {
            let (layer, compression) = try unpack(blob, diffID, on: chain.last)
            chain.append(layer)
            compressions.append(compression)
            want(blob)
        }
        want(parts.config)
        let manifest = try manifest(parts, compressions)
        let blobs = [manifest.digest, id] + parts.layers.map(\.status.digest)
        let record = ImageRecord(
            digest: id, manifest: manifest, blobs: blobs.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
            layers: chain.map(\.chainID), created: config.created, added: .now(), platform: config.platform, labels: config.config.labels)
        add(NewImage(record: record, references: parts.references))
    }

    /// The archive's manifest, or one that says what was found.
    private func manifest(_ parts: Parts, _ compressions: [Compression]) throws -> ContentDescriptor {
        if let (blob, mediaType) = parts.manifest {
            want(blob)
            return ContentDescriptor(mediaType: mediaType, digest: blob.status.digest, size: blob.status.size)
        }
        let layers = zip(parts.layers, compressions).map { blob, compression in
            let type =
                switch compression {
                case .gzip: MediaType.ociLayerGzip
                case .zstd: MediaType.ociLayerZstd
                case .none, .xz, .bzip2: MediaType.ociLayer
                }
            return ContentDescriptor(mediaType: type, digest: blob.status.digest, size: blob.status.size)
        }
        let config = ContentDescriptor(mediaType: MediaType.ociConfig, digest: parts.config.status.digest, size: parts.config.status.size)
        let status = try make(JSON.encode(Manifest(config: config, layers: layers)))
        return ContentDescriptor(mediaType: MediaType.ociManifest, digest: status.digest, size: status.size)
    }

    /// Unpacks a layer on top of another, or finds that it is here.
    private func unpack(_ blob: SpooledBlob, _ diffID: Digest, on parent: LayerRecord?) throws -> (LayerRecord, Compression) {
        let chainID = chainID(diffID, on: parent?.chainID)
        if let known = layer(chainID) {
            let head = try head(of: blob)
            return (known, Compression.detect(head))
        }
        let total = blob.status.size
        let meter = ProgressMeter(total: total) { [progress] in progress(.layer(id: diffID.short, current: $0, total: total)) }
        let source = BlobSource(try blob.open(), progress: meter.moved)
        let (record, compression) = try converting("layer \(diffID)") {
            let stream = try DecompressedSource(source)
            return (try unpack(stream, chainID: { _ in chainID }, parent: parent, diffID: diffID), stream.compression)
        }
        meter.end()
        return (record, compression)
    }

    /// Unpacks a stream into a new layer.
    ///
    /// - Parameters:
    ///   - chainID: told the diffID when it is known.
    ///   - diffID: what the stream must hash to, nil to take what comes.
    func unpack(_ stream: any ByteSource, chainID: (Digest) -> Digest, parent: LayerRecord?, diffID: Digest?) throws -> LayerRecord {
        let key = newLayerKey()
        let root = try store.snapshots.prepareLayer(key)
        do {
            let hashed = DigestingSource(stream)
            let reader = TarReader(hashed)
            let summary = try Extractor(root).extract(reader)
            try reader.drain()
            let found = hashed.hasher.digest
            if let diffID, diffID != found {
                throw WharfError(.invalidArgument, "layer \(diffID) is damaged: its digest is \(found)")
            }
            guard summary.entries > 0 || hashed.hasher.count >= 1024 else {
                throw WharfError(.invalidArgument, "layer \(found) is no tar archive")
            }
            try inheritAttributes(summary.impliedDirectories, of: root, from: parent.map { try directories($0) } ?? [])
            let record = LayerRecord(chainID: chainID(found), diffID: found, parent: parent?.chainID, size: summary.bytes)
            add(NewLayer(record: record, key: key, root: root))
            return record
        } catch {
            try? store.snapshots.remove(key)  // else at the next start
            throw error
        }
    }

    /// The trees of a layer and of what it stands on, topmost first; some may be new in this job.
    private func directories(_ layer: LayerRecord) throws -> [Descriptor] {
        var result: [Descriptor] = []
        var next: LayerRecord? = layer
        while let record = next {
            if let new = newLayers.first(where: { $0.record.chainID == record.chainID }) {
                result.append(new.root)
                next = record.parent.flatMap { self.layer($0) }
            } else {
                result += try store.snapshots.layers(record.chainID.description).map { try $0.openDirectory() }
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

    /// The name of a layer with everything below it.
    func chainID(_ diffID: Digest, on parent: Digest?) -> Digest {
        guard let parent else { return diffID }
        return ContentHasher.digest(of: Array("\(parent) \(diffID)".utf8))
    }
}

/// Tells of progress now and then: at most once for each hundredth and each 512 KiB.
final class ProgressMeter {
    private let step: Int64
    private let total: Int64
    private let tell: (Int64) -> Void
    private var last: Int64 = 0

    init(total: Int64, tell: @escaping (Int64) -> Void) {
        self.total = total
        self.tell = tell
        step = max(total / 100, 512 << 10)
    }

    func moved(_ offset: Int64) {
        guard offset - last >= step, offset < total else { return }
        last = offset
        tell(offset)
    }

    func end() { tell(total) }
}
