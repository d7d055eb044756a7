// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The pull of one name, step by step. Reads as a table of contents: the manifest, the configuration, the layers, all of it
// flushed to the disk once, and the rows.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRegistryClient
import WharfSnapshots

/// One name that is being pulled. Ends with `end`.
final class PullJob: Sendable {
    private let store: ImageStore
    private let session: any RegistrySession
    private let reference: Reference
    private let platform: Platform?
    private let progress: @Sendable (PullProgress) -> Void
    private let job: ImageJob
    /// What this pull wants of the shared work, until it ends.
    private let holds = Mutex<[LayerFetch]>([])

    init(
        _ store: ImageStore, session: any RegistrySession, reference: Reference, platform: Platform?,
        progress: @escaping @Sendable (PullProgress) -> Void
    ) {
        self.store = store
        self.session = session
        self.reference = reference
        self.platform = platform
        self.progress = progress
        job = ImageJob(store, "pull")
    }

    func run() async throws -> PulledImage {
        progress(.pulling(tag: reference.tag ?? reference.digest?.description ?? "", from: reference.path))
        let choice = try await ManifestChoice.resolve(reference, platform: platform ?? .host, in: session)
        try job.reach("resolve")
        let (document, config) = try await configuration(choice.manifest.config)
        try job.reach("config")
        let layers = try await layers(choice.manifest, config)
        let fetched = try await fetch(layers)
        let isNewer = try await store.blocking.own { [self] in try commit(choice, document, config, layers, fetched) }
        progress(.digest(choice.top.descriptor.digest))
        if let platform, platform.rank(of: config.platform) == nil {
            progress(
                .warning(
                    "image with reference \(reference.familiar) was found but does not match the specified platform: wanted "
                        + "\(platform.familiar), actual: \(config.platform.familiar)"))
        }
        return PulledImage(
            id: choice.manifest.config.digest, reference: reference, digest: choice.top.descriptor.digest, isNewer: isNewer)
    }

    /// Lets go of everything: what nobody else wants stops, and only unfinished downloads stay.
    func end() async {
        let holds = holds.withLock { holds in
            defer { holds = [] }
            return holds
        }
        for layer in holds.reversed() { await store.transfers.layers.release(layer.plan.chainID, layer) }
        // Behind a success nothing is left to abandon. The pool ends only with the daemon.
        try? await store.blocking.own { [job] in job.abandon() }
    }

    // MARK: Documents

    /// The configuration document, from the store or the registry.
    private func configuration(_ descriptor: ContentDescriptor) async throws -> ([UInt8], ImageConfig) {
        let name = "\(reference.name): image config \(descriptor.digest)"
        guard descriptor.size <= Int64(ImageConfig.limits.bytes) else {
            throw WharfError(
                .invalidArgument, "\(name) has \(descriptor.size) bytes, more than the \(ImageConfig.limits.bytes) that are read")
        }
        let stored = try await store.blocking.own { [job, store] in
            try job.stored(descriptor.digest).map { _ in try store.content.readAll(descriptor.digest, limit: ImageConfig.limits.bytes) }
        }
        let bytes: [UInt8]
        if let stored { bytes = stored } else { bytes = try await download(descriptor, name) }
        let config = try converting(name) { try ImageConfig.parse(bytes) }
        guard config.platform.os == "linux" else {
            throw WharfError(
                .invalidArgument, "\(reference.familiar): image operating system \"\(config.platform.os)\" cannot be used on this platform")
        }
        return (bytes, config)
    }

    private func download(_ descriptor: ContentDescriptor, _ name: String) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in try await session.blob(descriptor).body {
            guard Int64(bytes.count + chunk.count) <= descriptor.size else {
                throw WharfError(.invalidArgument, "\(name): the registry sent more than its \(descriptor.size) bytes")
            }
            bytes += chunk
        }
        guard Int64(bytes.count) == descriptor.size else {
            throw WharfError(.invalidArgument, "\(name): the registry sent \(bytes.count) bytes of \(descriptor.size)")
        }
        let found = ContentHasher.digest(of: bytes, descriptor.digest.algorithm)
        guard found == descriptor.digest else {
            throw WharfError(.invalidArgument, "\(name): image config verification failed: its digest is \(found)")
        }
        return bytes
    }

    // MARK: Layers

    private enum Layer {
        /// It is here, and stays until this pull ends.
        case present(LayerRecord)
        case wanted(PlannedLayer)
    }

    /// What is here and what must come, from the bottom up.
    private func layers(_ manifest: Manifest, _ config: ImageConfig) async throws -> [Layer] {
        guard manifest.layers.count == config.rootfs.diffIDs.count else {
            throw WharfError(.invalidArgument, "\(reference.name): layers from manifest don't match image configuration")
        }
        var parent: Digest?
        let plans = zip(manifest.layers, config.rootfs.diffIDs).map { descriptor, diffID in
            let chainID = chainID(diffID, on: parent)
            parent = chainID
            return PlannedLayer(descriptor: descriptor, diffID: diffID, chainID: chainID)
        }
        let layers = try await store.blocking.own { [job] in
            plans.map { plan in job.layer(plan.chainID).map { Layer.present($0) } ?? .wanted(plan) }
        }
        for (layer, plan) in zip(layers, plans) {
            switch layer {
            case .present: progress(.layer(id: plan.descriptor.digest.short, .alreadyExists))
            case .wanted: progress(.layer(id: plan.descriptor.digest.short, .pullingFSLayer))
            }
        }
        return layers
    }

    /// Brings the missing layers here, as many at once as the daemon allows.
    private func fetch(_ layers: [Layer]) async throws -> [Digest: LayerFetch] {
        let fetched = try await withThrowingTaskGroup(of: LayerFetch.self) { group in
            for case .wanted(let plan) in layers { group.addTask { try await self.fetch(plan) } }
            var fetched: [Digest: LayerFetch] = [:]
            for try await layer in group { fetched[layer.plan.chainID] = layer }
            return fetched
        }
        try await store.blocking.own { [self] in
            for (position, layer) in layers.enumerated() {
                guard case .wanted(let plan) = layer, let own = fetched[plan.chainID] else { continue }
                try converting("layer \(plan.diffID)") { try own.settle { try directories(layers[..<position], fetched) } }
                progress(.layer(id: plan.descriptor.digest.short, .pullComplete))
            }
        }
        return fetched
    }

    private func fetch(_ plan: PlannedLayer) async throws -> LayerFetch {
        let id = plan.descriptor.digest.short
        for isLast in [false, true] {
            let (layer, isOwn) = store.transfers.layers.acquire(plan.chainID) { LayerFetch(plan, session: session, store: store) }
            holds.withLock { $0.append(layer) }
            layer.watch { [progress] in progress(.layer(id: id, $0)) }
            do {
                _ = try await layer.tree()
                return layer
            } catch {
                // What was left of an earlier attempt was not good, or another's way to the registry failed: once more.
                let isWorthIt = (error as? BlobMismatch)?.wasResumed ?? !isOwn
                guard !isLast, isWorthIt, !Task.isCancelled else { throw error }
                holds.withLock { $0.removeAll { $0 === layer } }
                await store.transfers.layers.release(plan.chainID, layer)
            }
        }
        throw WharfError(.internal, "layer \(plan.diffID) was given up")
    }

    /// The trees of some layers, the topmost first. Blocks.
    private func directories(_ layers: ArraySlice<Layer>, _ fetched: [Digest: LayerFetch]) throws -> [Descriptor] {
        try layers.reversed().compactMap { layer in
            switch layer {
            case .present(let record): try store.snapshots.layers(record.id).first?.openDirectory()
            case .wanted(let plan): fetched[plan.chainID]?.root
            }
        }
    }

    // MARK: Making it real

    /// - Returns: whether the name means another image now.
    private func commit(
        _ choice: ManifestChoice, _ document: [UInt8], _ config: ImageConfig, _ layers: [Layer], _ fetched: [Digest: LayerFetch]
    ) throws -> Bool {
        let digest = choice.manifest.config.digest
        let repository = reference.name
        for (layer, descriptor) in zip(layers, choice.manifest.layers) {
            switch layer {
            case .present(let record):
                if record.blob?.digest == descriptor.digest, let more = record.adding(source: repository) { job.update(more) }
            case .wanted(let plan): if let layer = fetched[plan.chainID] { job.add(layer) }
            }
        }
        var names = [reference.with(digest: choice.top.descriptor.digest)]
        if reference.digest == nil { names.insert(reference, at: 0) }
        let index = choice.index(of: digest)
        let isNewer = store.table.withLock { table in
            names.contains { name in
                guard let old = table.references[name.description] else { return true }
                guard let index else { return old.image != digest || old.index != nil }
                return old.index != index.descriptor.digest
                    || !(table.indexes[index.descriptor.digest]?.images.contains(digest) ?? false)
            }
        }
        if let index {
            for document in choice.indexes + [choice.fetched] { try job.keep(document.bytes, document.descriptor.digest) }
            job.add(ImageJob.NewIndex(record: index, references: names))
        }
        let own = index == nil ? names : []
        if let known = store.table.withLock({ $0.images[digest] }) {
            job.add(ImageJob.NewImage(record: known, references: own, isPart: index != nil))
        } else {
            var blobs = [choice.fetched.descriptor.digest, digest]
            try job.keep(choice.fetched.bytes, choice.fetched.descriptor.digest)
            try job.keep(document, digest)
            // A layer that is here may have come from another blob: then this image's own one is not here.
            for (layer, descriptor) in zip(layers, choice.manifest.layers) {
                if case .present = layer, try job.stored(descriptor.digest) == nil { continue }
                blobs.append(descriptor.digest)
            }
            let record = ImageRecord(
                digest: digest, manifest: choice.fetched.descriptor.bare,
                blobs: blobs.reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
                layers: layers.map { layer in
                    switch layer {
                    case .present(let record): record.chainID
                    case .wanted(let plan): plan.chainID
                    }
                }, created: config.created, added: .now(), platform: config.platform, labels: config.config.labels)
            job.add(ImageJob.NewImage(record: record, references: own, isPart: index != nil))
        }
        _ = try job.commit()
        return isNewer
    }
}

extension ContentDescriptor {
    /// What identifies the content, without what an index said beside it.
    var bare: ContentDescriptor { ContentDescriptor(mediaType: mediaType, digest: digest, size: size) }
}

/// The name of a layer with everything below it (OCI image spec, config.md, "Layer ChainID").
func chainID(_ diffID: Digest, on parent: Digest?) -> Digest {
    guard let parent else { return diffID }
    return ContentHasher.digest(of: Array("\(parent) \(diffID)".utf8))
}
