// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One layer on its way here, for every pull that wants it: its blob is fetched, or found, and unpacked below a private key
// while it comes. The pull that is done first gives the layer its name; until its last user is gone nobody removes it.

import Synchronization
import WharfArchive
import WharfBlocking
import WharfContent
import WharfError
import WharfLinux
import WharfOCI
import WharfRegistryClient
import WharfSnapshots

/// A layer that an image needs.
struct PlannedLayer: Sendable {
    let descriptor: ContentDescriptor
    let diffID: Digest
    let chainID: Digest
}

/// The fetching and unpacking of one layer.
final class LayerFetch: SharedWork {
    let plan: PlannedLayer
    private let store: ImageStore
    private let session: any RegistrySession
    private let key: String
    private let unpacked = Latch<LayerTree>()
    private let ended = Latch<Void>()
    private let state = Mutex(State())
    /// Whether the layer's implied directories look like those below it. Held while they are made so.
    private let isSettled = Mutex(false)

    private struct State {
        var task: Task<Void, Never>?
        var blob: BlobFetch?
        var isCommitted = false
        var isDownloaded = false
        var news = Watchers()
    }

    init(_ plan: PlannedLayer, session: any RegistrySession, store: ImageStore) {
        self.plan = plan
        self.session = session
        self.store = store
        key = "pull-\(plan.chainID.hex.prefix(32))-" + String(UInt64.random(in: 0...UInt64.max), radix: 16)
    }

    // MARK: For its users

    var hasFailed: Bool { if case .failure = unpacked.result { true } else { false } }

    /// Tells of every state from now on, and of the present one at once.
    func watch(_ watcher: @escaping @Sendable (LayerState) -> Void) { state.withLock { $0.news.add(watcher) } }

    /// Waits for the whole layer, verified and unpacked. - Throws: why it can't be had.
    func tree() async throws -> LayerTree { try await unpacked.value() }

    /// The layer's tree, once it is there.
    var root: Descriptor? { if case .success(let layer) = unpacked.result { layer.root } else { nil } }

    /// Gives directories that the layer only implies the attributes that they have below it, once. Blocks.
    func settle(_ lowers: () throws -> [Descriptor]) throws {
        guard case .success(let layer) = unpacked.result, !layer.implied.isEmpty else { return }
        try isSettled.withLock { isSettled in
            if isSettled { return }
            try inheritAttributes(layer.implied, of: layer.root, from: try lowers())
            isSettled = true
        }
    }

    /// The blob's sealed ingest, for the first who publishes it.
    func takeIngest() -> (any BlobIngest)? { state.withLock { $0.blob }?.takeIngest() }

    /// Gives the layer its name, for the first who asks. Called with `changes` held, by a user who then writes the row.
    func commit(on parent: Digest?) throws -> LayerRecord {
        guard case .success(let layer) = unpacked.result else { throw WharfError(.internal, "layer \(plan.chainID) is not ready") }
        let record = LayerRecord(
            chainID: plan.chainID, diffID: plan.diffID, parent: parent, size: layer.size, blob: plan.descriptor.bare,
            sources: [session.repository.name])
        if state.withLock({ $0.isCommitted }) { return record }
        do throws(SnapshotError) {
            try store.snapshots.commitLayer(key, as: plan.chainID.description, parent: parent?.description)
        } catch {
            // The same layer came another way: that one stays, and this one goes at the end.
            guard case .exists = error else { throw error }
            return record
        }
        state.withLock { $0.isCommitted = true }
        return record
    }

    // MARK: Its life

    func start(after previous: LayerFetch?) {
        store.table.withLock { table in
            table.holdLayer(plan.chainID)
            table.pinBlob(plan.descriptor.digest)
        }
        let task = Task { await run(after: previous) }
        state.withLock { $0.task = task }
    }

    func end() async {
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
        let (blob, isCommitted) = state.withLock { ($0.blob, $0.isCommitted) }
        if !isCommitted {
            // What can't be removed now goes at the next start.
            try? await store.blocking.own { [store, key] in try store.snapshots.remove(key) }
        }
        if let blob { await store.transfers.blobs.release(plan.descriptor.digest, blob) }
        let hasRow = store.table.withLock { table in
            table.unpin(layers: [plan.chainID], blobs: [plan.descriptor.digest])
            return table.layers[plan.chainID] != nil
        }
        // Published or named, but its row could not be written. What can't be removed now goes at the next start.
        if !hasRow {
            try? await store.blocking.own { [store, plan] in
                store.changes.withLock { _ in store.deleteBlobs([plan.descriptor.digest]) }
                if isCommitted { store.sweepLayers() }
            }
        }
        ended.deliver(.success(()))
    }

    private func run(after previous: LayerFetch?) async {
        do {
            try await previous?.ended.value(cancellable: false)
            unpacked.deliver(.success(try await fetch()))
        } catch {
            let error: any Error = error is BlobMismatch ? error : asWharfError(error, "layer \(plan.diffID)")
            unpacked.deliver(.failure(error))
        }
    }

    private func fetch() async throws -> LayerTree {
        let (source, blob) = try await open()
        let tree = await unpack(source)
        // What the blob says of itself is the truth: a damaged one does not unpack either.
        try await blob?.whole()
        do {
            try Task.checkCancellation()
            return try tree.get()
        } catch {
            // On a full disk its place is needed.
            if [.invalidArgument, .outOfDisk].contains(asWharfError(error, "").code) { blob?.spoil() }
            throw error
        }
    }

    /// The layer's compressed bytes, from the store or while they come.
    private func open() async throws -> (LayerSource, BlobFetch?) {
        let digest = plan.descriptor.digest
        let stored = try await store.blocking.own { [store] in
            // A removal decides and deletes under the same lock: the blob is gone by now or stays, because it is pinned.
            try store.changes.withLock { _ in try store.content.status(digest) }
        }
        if let stored {
            guard stored.size == plan.descriptor.size else {
                throw WharfError(.invalidArgument, "blob \(digest) has \(stored.size) bytes, its descriptor says \(plan.descriptor.size)")
            }
            state.withLock { $0.isDownloaded = true }
            return (LayerSource(try await store.blocking.own { [store] in try store.content.open(digest) }), nil)
        }
        let (blob, _) = store.transfers.blobs.acquire(digest) { BlobFetch(plan.descriptor, session: session, store: store) }
        state.withLock { $0.blob = blob }
        blob.watch { [weak self] in self?.tell($0) }
        if let follower = try await blob.follow() { return (LayerSource(follower), blob) }
        try await blob.whole()
        return (LayerSource(try await store.blocking.own { try blob.open() }), blob)
    }

    private func unpack(_ source: LayerSource) async -> Result<LayerTree, any Error> {
        do {
            let layer = try await store.transfers.unpacks.withSlot {
                try await withTaskCancellationHandler {
                    try await store.blocking.thread("wharf-unpack") { [self] in try unpackBlocking(source) }
                } onCancel: {
                    source.stop()
                }
            }
            return .success(layer)
        } catch {
            source.stop()
            return .failure(error)
        }
    }

    private func unpackBlocking(_ source: LayerSource) throws -> LayerTree {
        let total = plan.descriptor.size
        let meter = ProgressMeter(total: total) { [self] in tell(.extracting(current: $0, total: total)) }
        source.watch(meter.moved)
        let layer = try converting("\(session.repository.name): layer \(plan.descriptor.digest)") {
            try store.unpackLayer(source, key: key, diffID: plan.diffID)
        }
        meter.end()
        try Failpoint.hit("image.pull.unpack")
        return layer
    }

    private func tell(_ news: LayerState) {
        state.withLock { state -> [@Sendable (LayerState) -> Void] in
            if case .extracting = news, !state.isDownloaded { return [] }
            if news == .downloadComplete { state.isDownloaded = true }
            return state.news.note(news)
        }.forEach { $0(news) }
    }
}
