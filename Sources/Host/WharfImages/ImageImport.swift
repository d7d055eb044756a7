// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `import`: a root file system comes in as a tar and becomes an image of one layer. One pass: the bytes are kept, hashed,
// decompressed and unpacked as they come.

import WharfArchive
import WharfBlocking
import WharfContent
import WharfError
import WharfJSON
import WharfOCI

extension ImageStore {
    /// Makes an image of a root file system's tar, plain or compressed with gzip or zstd.
    ///
    /// - Throws: `invalidArgument` for a bad change or archive; then nothing is kept.
    public func importTar<Body: AsyncSequence & Sendable>(
        _ body: Body, options: ImageImportOptions, progress: @escaping @Sendable (ImageProgress) -> Void = { _ in }
    ) async throws -> LoadedImage where Body.Element == [UInt8] {
        var defaults = ContainerDefaults()
        for change in options.changes { try ImageChange(change).apply(to: &defaults) }
        if let reference = options.reference, reference.digest != nil {
            throw WharfError(.invalidArgument, "cannot import digest reference")
        }
        let config = defaults
        return try await blocking.reading(body, lane: .thread("wharf-import")) { [self] bridge in
            try converting("import") { try importTar(BridgeSource(bridge), config, options, progress) }
        }
    }

    private func importTar(
        _ source: any ByteSource, _ defaults: ContainerDefaults, _ options: ImageImportOptions,
        _ progress: @escaping @Sendable (ImageProgress) -> Void
    ) throws -> LoadedImage {
        let job = ImageJob(self, "import", progress: progress)
        do {
            let ingest = try job.newIngest()
            let kept = KeepingSource(source, into: ingest)
            let tree = try unpackLayer(kept, key: job.newLayerKey(), diffID: nil)
            try kept.drain()
            let blob = SpooledBlob(try job.seal(ingest), ingest: ingest, store: content)
            job.add(tree, of: blob, on: nil)
            try job.reach("unpack")
            let now = Timestamp.now()
            let remark = options.message.isEmpty ? "Imported from \(options.source)" : options.message
            var config = ImageConfig(
                platform: (options.platform ?? .host).normalized, created: now, config: defaults, diffIDs: [tree.diffID],
                history: [ImageConfig.History(created: now, comment: remark)])
            config.comment = remark
            let names = options.reference.map { [$0.withDefaultTag] } ?? []
            guard let loaded = try job.commit(config, layers: [blob], names: names) else {
                throw WharfError(.internal, "import made no image")
            }
            progress(.loaded(loaded))
            return loaded
        } catch {
            job.abandon()
            throw error
        }
    }
}

extension ImageJob {
    /// Takes over a layer that was unpacked from a blob of this job.
    func add(_ tree: LayerTree, of blob: SpooledBlob, on parent: Digest?) {
        let record = LayerRecord(
            chainID: chainID(tree.diffID, on: parent), diffID: tree.diffID, parent: parent, size: tree.size,
            blob: layerDescriptor(blob.status, tree.compression))
        add(NewLayer(record: record, key: tree.key, root: tree.root))
    }

    /// Makes an image of a configuration that was written here.
    func commit(_ config: ImageConfig, layers: [SpooledBlob], names: [Reference]) throws -> LoadedImage? {
        let document = try make(JSON.encode(config))
        let spooled = SpooledBlob(document, ingest: ingest(document.digest), store: content)
        try build(Parts(config: spooled, layers: layers, manifest: nil, references: names))
        return try commit().first
    }
}
