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
        // Compressing may take as long as the image is large.
        let contents = try await store.blocking.thread("wharf-push") { [store, name] in
            try ImageContents.collect(name.image, in: store, compressing: true)
        }
        do {
            let pushed = try await push(contents, platform: platform)
            await release(contents)
            return pushed
        } catch {
            await release(contents)
            throw error
        }
    }

    private func push(_ contents: ImageContents, platform: Platform?) async throws -> PushedImage {
        if let platform, platform.rank(of: contents.record.platform) == nil {
            throw WharfError(
                .notFound,
                "image with reference \(name.reference.familiar) was found but does not provide the specified platform (\(platform.familiar))"
            )
        }
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
                group.addTask { try await send(same) }
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

    /// A blob that one or more layers of the image have.
    private func send(_ layers: [ImageContents.Layer]) async throws {
        guard let layer = layers.first else { return }
        let ids = layers.map(\.record.diffID.short)
        func tell(_ state: PushedLayerState) { for id in ids { progress(.layer(id: id, state)) } }
        try await store.transfers.uploads.withSlot(mustWait: { tell(.waiting) }) {
            if try await session.hasBlob(layer.descriptor.digest) { return tell(.alreadyExists) }
            try Failpoint.hit("image.push.mount")
            if let source = try await mount(layer) { return tell(.mounted(from: source)) }
            try Failpoint.hit("image.push.upload")
            tell(.pushing(current: 0, total: layer.descriptor.size))
            let progress = progress
            try await upload(layer.descriptor) { sent in
                for id in ids { progress(.layer(id: id, .pushing(current: sent, total: layer.descriptor.size))) }
            }
            tell(.pushed)
        }
    }

    /// Repositories that are asked to lend a blob before it is sent.
    private static let mountAttempts = 4

    /// Lets the registry take the blob from another of its repositories. - Returns: which one.
    private func mount(_ layer: ImageContents.Layer) async throws -> String? {
        guard layer.record.blob?.digest == layer.descriptor.digest else { return nil }
        let own = session.repository
        // A row of ours that is no name lends nothing.
        let candidates = (layer.record.sources ?? []).compactMap { try? Reference.parse($0) }
            .filter { $0.domain == own.domain && $0.path != own.path }
        for candidate in candidates.prefix(Self.mountAttempts)
        where try await session.mountBlob(layer.descriptor.digest, from: candidate.path) {
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
