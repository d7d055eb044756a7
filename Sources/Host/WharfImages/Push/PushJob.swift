// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The push of one name, step by step: what is here, the blobs, the manifest, and what this host remembers of it.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfRegistryClient

/// One name that is being pushed.
struct PushJob: Sendable {
    let store: ImageStore
    let session: any RegistrySession
    let name: ReferenceRecord
    let progress: @Sendable (PushProgress) -> Void

    init(
        _ store: ImageStore, session: any RegistrySession, name: ReferenceRecord, progress: @escaping @Sendable (PushProgress) -> Void
    ) {
        self.store = store
        self.session = session
        self.name = name
        self.progress = progress
    }

    func run(platform: Platform?) async throws -> PushedImage {
        guard let platform else {
            if let index = name.index { return try await runIndex(index) }
            return try await run(name.image)
        }
        let image = try store.resolve(name.reference.description, platform: platform)
        let member = name.index.flatMap { index in
            store.table.withLock { $0.indexes[index]?.members.first { $0.image == image.id } }
        }
        return try await run(image.id, manifest: member?.manifest.digest)
    }

    /// Pushes one image under the name.
    ///
    /// - Parameter manifest: which of several that the image came with.
    func run(_ image: Digest, manifest: Digest? = nil) async throws -> PushedImage {
        // Compressing may take as long as the image is large.
        let contents = try await store.blocking.thread("wharf-push") { [store] in
            try ImageContents.collect(image, in: store, compressing: true, manifest: manifest)
        }
        do {
            let pushed = try await push(contents)
            await release(contents)
            return pushed
        } catch {
            await release(contents)
            throw error
        }
    }

    private func push(_ contents: ImageContents) async throws -> PushedImage {
        try Failpoint.hit("image.push.collect")
        try await sendBlobs(contents)
        try Failpoint.hit("image.push.manifest")
        let (reference, manifest) = (name.reference, contents.manifest)
        try await session.putManifest(
            contents.document, mediaType: manifest.mediaType, digest: manifest.digest, tag: reference.tag)
        try Failpoint.hit("image.push.record")
        try await store.blocking.own { [store, name] in
            try converting("push \(name.reference.familiar)") { try store.remember(contents, pushedAs: name) }
        }
        try Failpoint.hit("image.push.reply")
        let pushed = PushedImage(tag: reference.tag ?? "", reference: reference, digest: manifest.digest, size: manifest.size)
        progress(.pushed(pushed))
        return pushed
    }

    /// Lets blobs go again, also when the caller was cancelled.
    private func release(_ contents: ImageContents) async {
        // The pool ends only with the daemon, and the pins with it.
        try? await store.blocking.own { contents.release() }
    }

    // MARK: Blobs

    /// The configuration and every layer that the registry lacks, several at once.
    private func sendBlobs(_ contents: ImageContents) async throws {
        // Docker counts from the top.
        for layer in contents.layers.reversed() { progress(.layer(id: layer.record.diffID.short, .preparing)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            var layers: [Digest: [ImageContents.Layer]] = [:]
            for layer in contents.layers { layers[layer.descriptor.digest, default: []].append(layer) }
            for same in contents.layers.compactMap({ layers.removeValue(forKey: $0.descriptor.digest) }).reversed() {
                guard let layer = same.first else { continue }
                group.addTask { try await send(layer.descriptor, layer.record, as: same.map(\.record.diffID.short)) }
            }
            group.addTask {
                try await store.transfers.uploads.withSlot {
                    if try await session.hasBlob(contents.config.digest) { return }
                    try await upload(contents.config) { _ in }
                }
            }
            try await group.waitForAll()
        }
    }

    /// A blob that one or more layers have.
    ///
    /// - Parameters:
    ///   - layer: what is known of it, if it is a layer's.
    ///   - ids: what it is told of as.
    func send(_ blob: ContentDescriptor, _ layer: LayerRecord?, as ids: [String]) async throws {
        func tell(_ state: PushedLayerState) { for id in ids { progress(.layer(id: id, state)) } }
        try await store.transfers.uploads.withSlot(mustWait: { tell(.waiting) }) {
            if try await session.hasBlob(blob.digest) { return tell(.alreadyExists) }
            try Failpoint.hit("image.push.mount")
            if let source = try await mount(blob, layer) { return tell(.mounted(from: source)) }
            try Failpoint.hit("image.push.upload")
            tell(.pushing(current: 0, total: blob.size))
            let progress = progress
            try await upload(blob) { sent in
                for id in ids { progress(.layer(id: id, .pushing(current: sent, total: blob.size))) }
            }
            tell(.pushed)
        }
    }

    /// Repositories that are asked to lend a blob before it is sent.
    private static let mountAttempts = 4

    /// Lets the registry take the blob from another of its repositories. - Returns: which one.
    private func mount(_ blob: ContentDescriptor, _ layer: LayerRecord?) async throws -> String? {
        guard let layer, layer.blob?.digest == blob.digest else { return nil }
        let own = session.repository
        // A row of ours that is no name lends nothing.
        let candidates = (layer.sources ?? []).compactMap { try? Reference.parse($0) }
            .filter { $0.domain == own.domain && $0.path != own.path }
        for candidate in candidates.prefix(Self.mountAttempts)
        where try await session.mountBlob(blob.digest, from: candidate.path) {
            return candidate.path
        }
        return nil
    }

    private func upload(_ descriptor: ContentDescriptor, progress: @escaping @Sendable (Int64) -> Void) async throws {
        let reader = try await store.blocking.own { [store] in try store.content.open(descriptor.digest) }
        let blocking = store.blocking
        let meter = UploadMeter(total: descriptor.size, tell: progress)
        try await session.upload(
            descriptor, body: { offset in BlobBytes.reading(reader, from: offset, blocking) }, progress: { meter.moved($0) },
            onRetry: { _ in })
    }
}

extension BlobBytes {
    /// A blob's bytes as they are asked for.
    fileprivate static func reading(_ reader: any BlobReader, from offset: Int64, _ blocking: Blocking) -> BlobBytes {
        let position = Mutex(offset)
        return BlobBytes {
            let start = position.withLock { $0 }
            let chunk = try await blocking.own {
                // Large enough that the hop to the pool does not count, small enough for many uploads at once.
                var chunk = [UInt8](repeating: 0, count: Int(Swift.min(512 << 10, Swift.max(0, reader.size - start))))
                let count = try chunk.withMutableRawBytes { buffer throws(ContentError) -> Int in try reader.read(into: buffer, at: start) }
                return count == chunk.count ? chunk : Array(chunk.prefix(count))
            }
            position.withLock { $0 = start + Int64(chunk.count) }
            return chunk.isEmpty ? nil : chunk
        }
    }
}

/// A meter for bytes that several threads may tell of.
private final class UploadMeter: Sendable {
    private let total: Int64
    private let tell: @Sendable (Int64) -> Void
    private let last = Mutex<Int64>(0)

    init(total: Int64, tell: @escaping @Sendable (Int64) -> Void) {
        self.total = total
        self.tell = tell
    }

    /// At most once for each hundredth and each 512 KiB, and at the end; not backwards.
    func moved(_ offset: Int64) {
        let isNews = last.withLock { last in
            guard offset > last, offset - last >= max(total / 100, 512 << 10) || offset >= total else { return false }
            last = offset
            return true
        }
        if isNews { tell(offset) }
    }
}
