// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `commit`: what a container changed becomes a layer on top of its image's, and its configuration an image's. The layer is
// written as the archive that a push sends, and unpacked from that: what is here is what others get.

import Synchronization
import WharfArchive
import WharfBlocking
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
public import WharfOCI
import WharfSnapshots

extension ImageStore {
    /// Makes an image of what a container changed. Who wants a still picture freezes the container meanwhile.
    ///
    /// - Parameters:
    ///   - key: the container's root, see `prepare`.
    ///   - base: the image it was made of; nil for none.
    /// - Throws: `notFound` for root and image, `invalidArgument` for a bad change; then nothing is kept.
    public func commit(key: String, base: Digest?, options: CommitOptions) async throws -> LoadedImage {
        var defaults = options.defaults
        for change in options.changes { try ImageChange(change).apply(to: &defaults) }
        if options.reference?.digest != nil { throw WharfError(.invalidArgument, "cannot commit to digest reference") }
        let config = defaults
        // As long as the changes are large: not in the pool, on which the database waits too.
        return try await blocking.thread("wharf-commit") { [self] in
            try converting("commit \(key)") { try commit(key, base, config, options) }
        }
    }

    private func commit(_ key: String, _ base: Digest?, _ defaults: ContainerDefaults, _ options: CommitOptions) throws -> LoadedImage {
        let job = ImageJob(self, "commit")
        do {
            let parent = try base.map { base in
                guard let record = try job.known(base) else { throw WharfError(.notFound, "No such image: \(base)") }
                return record
            }
            let diff = try job.difference(of: key, on: parent?.layers.last)
            try job.reach("unpack")
            var config = try parent.map { try self.config($0.digest) } ?? ImageConfig(platform: .host, created: .zero, diffIDs: [])
            config.describe(defaults, options, diffID: diff?.diffID)
            var layers = try parent.map { try job.layerBlobs(of: $0) } ?? []
            if let diff { layers.append(diff.blob) }
            let names = options.reference.map { [$0.withDefaultTag] } ?? []
            guard let image = try job.commit(config, layers: layers, names: names) else {
                throw WharfError(.internal, "commit made no image")
            }
            return image
        } catch {
            job.abandon()
            throw error
        }
    }
}

extension ImageConfig {
    /// Turns the base's document into that of the new image.
    fileprivate mutating func describe(_ defaults: ContainerDefaults, _ options: CommitOptions, diffID: Digest?) {
        let now = Timestamp.now()
        created = now
        config = defaults
        author = options.author
        comment = options.comment
        container = options.container
        containerConfig = nil
        if let diffID { rootfs.diffIDs.append(diffID) }
        rootfs.type = "layers"
        history.append(
            History(
                created: now, createdBy: options.createdBy, author: options.author, comment: options.comment, emptyLayer: diffID == nil))
    }
}

extension ImageJob {
    /// Makes a layer of a writable root. - Returns: nil if nothing was changed.
    fileprivate func difference(of key: String, on parent: Digest?) throws -> (diffID: Digest, blob: SpooledBlob)? {
        guard let mount = try store.snapshots.mounts(key).first else { throw WharfError(.notFound, "no root file system of \(key)") }
        let upper = try HostPath(OverlayLayers(mount)?.upper ?? mount.source).openDirectory()
        let below = try parent.map { try store.snapshots.layers($0.description) }?.first?.openDirectory()
        let ingest = try newIngest()
        let gzip = GzipSink(IngestSink(ingest))
        let hashing = HashingSink(gzip)
        let summary = try DiffWriter(upper, base: below, to: hashing).write()
        try gzip.finish()
        guard summary.entries > 0 else { return nil }
        let blob = SpooledBlob(try seal(ingest), ingest: ingest, store: content)
        let diffID = hashing.hasher.digest
        if layer(chainID(diffID, on: parent)) == nil {
            let tree = try store.unpackLayer(LayerSource(try blob.open()), key: newLayerKey(), diffID: diffID)
            add(tree, of: blob, on: parent)
            try complete(tree, parent: parent)
        }
        return (diffID, blob)
    }

    /// The blobs from which an image's layers came.
    fileprivate func layerBlobs(of record: ImageRecord) throws -> [SpooledBlob] {
        let manifest = try Manifest.parse(try content.readAll(record.manifest.digest, limit: Manifest.limits.bytes))
        let rows = store.table.withLock { table in record.layers.map { table.layers[$0] } }
        guard rows.count == manifest.layers.count else {
            throw WharfError(.dataLoss, "image \(record.digest): it has \(rows.count) layers, its manifest names \(manifest.layers.count)")
        }
        return try zip(rows, manifest.layers).map { row, descriptor in
            if let blob = try stored(descriptor.digest) { return blob }
            guard let blob = try row?.blob.flatMap({ try stored($0.digest) }) else {
                throw WharfError(.dataLoss, "image \(record.digest): the bytes of layer \(descriptor.digest) are gone")
            }
            return blob
        }
    }
}

/// Hashes what goes by on its way to another sink.
private final class HashingSink: ByteSink {
    private let sink: any ByteSink
    private(set) var hasher = ContentHasher()

    init(_ sink: any ByteSink) { self.sink = sink }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        hasher.update(bytes)
        try sink.write(bytes)
    }
}
