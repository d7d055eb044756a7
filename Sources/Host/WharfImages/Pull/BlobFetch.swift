// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One blob on its way from a registry, for every pull that wants it. It is received into the ingest of its digest, behind
// what earlier attempts left there, and hashed on the way; whoever unpacks reads it while it still comes.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
import WharfLinux
import WharfOCI
import WharfRegistryClient

/// The download of one blob.
final class BlobFetch: SharedWork {
    let descriptor: ContentDescriptor
    private let store: ImageStore
    private let session: any RegistrySession
    /// Delivered when bytes can be read, or will never be.
    private let opened = Latch<Void>()
    /// Delivered when the blob is whole and its digest right.
    private let received = Latch<Void>()
    private let ended = Latch<Void>()
    private let state = Mutex(State())

    private struct State {
        var task: Task<Void, Never>?
        var ingest: Ingest?
        /// Reads behind the writing; `follower` until somebody took it.
        var reader: (any BlobFollower)?
        var follower: (any BlobFollower)?
        var isPublished = false
        var isSpoilt = false
        var news = Watchers()
    }

    /// Used by the one task that fetches, and behind its end by the one that commits.
    private struct Ingest: @unchecked Sendable { let value: any BlobIngest }

    init(_ descriptor: ContentDescriptor, session: any RegistrySession, store: ImageStore) {
        self.descriptor = descriptor
        self.session = session
        self.store = store
    }

    // MARK: For its users

    var hasFailed: Bool { if case .failure = received.result { true } else { false } }

    /// Tells of every state from now on, and of the present one at once.
    func watch(_ watcher: @escaping @Sendable (LayerState) -> Void) { state.withLock { $0.news.add(watcher) } }

    /// The bytes while they come: for the first who asks. Others get nil and wait for `whole()`.
    func follow() async throws -> (any BlobFollower)? {
        try await opened.value()
        return state.withLock { state in
            defer { state.follower = nil }
            return state.follower
        }
    }

    /// Waits for the blob. - Throws: why it can't be had.
    func whole() async throws { try await received.value() }

    /// Reads the whole blob.
    func open() throws(ContentError) -> any BlobReader {
        let (ingest, isPublished) = state.withLock { ($0.ingest, $0.isPublished) }
        guard let ingest, !isPublished else { return try store.content.open(descriptor.digest) }
        return try ingest.value.open()
    }

    /// The sealed ingest for whoever publishes it first; nil for all others. Called with `changes` held.
    func takeIngest() -> (any BlobIngest)? {
        state.withLock { state in
            guard !state.isPublished, let ingest = state.ingest else { return nil }
            state.isPublished = true
            return ingest.value
        }
    }

    /// Says that the blob is what its digest says, and still no use to anybody: it is not kept.
    func spoil() { state.withLock { $0.isSpoilt = true } }

    private var isSpoilt: Bool { state.withLock { $0.isSpoilt } }

    // MARK: Its life

    func start(after previous: BlobFetch?) {
        let task = Task { await run(after: previous) }
        state.withLock { $0.task = task }
    }

    /// What was received stays for the next attempt, unless it is useless or the disk is full.
    func end() async {
        let task = state.withLock { $0.task }
        task?.cancel()
        await task?.value
        let (ingest, isPublished) = state.withLock { ($0.ingest, $0.isPublished) }
        if let ingest, !isPublished {
            let isWrong: Bool = if case .failure(let error) = received.result { Self.spoils(error) } else { isSpoilt }
            let isUseless = isWrong || ingest.value.offset == 0
            // What stays by mistake is found again by the next attempt, or by its age.
            try? await store.blocking.own { if isUseless { try ingest.value.discard() } else { try ingest.value.suspend() } }
        }
        ended.deliver(.success(()))
    }

    private func run(after previous: BlobFetch?) async {
        do {
            // The key is free only when its last user has let go of it, which comes soon: it has failed or was given up.
            try await previous?.ended.value(cancellable: false)
            try await store.transfers.downloads.withSlot(mustWait: { tell(.waiting) }) { try await receive() }
            received.deliver(.success(()))
        } catch {
            let error: any Error = error is BlobMismatch ? error : asWharfError(error, name)
            opened.deliver(.failure(error))
            received.deliver(.failure(error))
            // Whoever unpacks waits for bytes that will not come.
            state.withLock { $0.reader }?.cancel()
        }
    }

    private func receive() async throws {
        let ingest = try await store.blocking.thread("wharf-resume") { [self] in try openIngest() }
        try Failpoint.hit("image.pull.download")
        let start = ingest.value.offset
        tell(.downloading(current: start, total: descriptor.size))
        if start < descriptor.size {
            let download = try await session.blob(descriptor, range: start == 0 ? nil : start..<descriptor.size) { [self] retry in
                tell(.retrying(seconds: Int(retry.delay.components.seconds)))
            }
            try await store.blocking.reading(download.body, lane: .thread("wharf-download"), capacity: 1 << 20) { [self] bridge in
                try write(bridge, to: ingest.value, from: download.offset)
            }
        }
        tell(.verifying)
        try await store.blocking.own { [self] in
            do {
                _ = try ingest.value.seal(digest: descriptor.digest, size: descriptor.size)
            } catch ContentError.digestMismatch(_, let found) {
                throw BlobMismatch(
                    error: WharfError(.invalidArgument, "\(name): filesystem layer verification failed: its digest is \(found)"),
                    wasResumed: start > 0)
            } catch ContentError.sizeMismatch(let expected, let found) {
                throw WharfError(.invalidArgument, "\(name): the registry sent \(found) bytes of \(expected)")
            }
            try Failpoint.hit("image.pull.seal")
        }
        tell(.downloadComplete)
    }

    private var name: String { "\(session.repository.name): blob \(descriptor.digest)" }

    /// Finds what earlier attempts left, and lets the first unpacker follow.
    private func openIngest() throws -> Ingest {
        let ingest = try store.content.ingest(descriptor.digest.downloadKey, hashing: descriptor.digest.algorithm)
        if ingest.offset > descriptor.size { try ingest.restart() }
        let follower = try ingest.follow()
        let box = Ingest(value: ingest)
        state.withLock { state in
            state.ingest = box
            state.follower = follower
            state.reader = follower
        }
        opened.deliver(.success(()))
        return box
    }

    /// A registry that knows no ranges sends from the start: what is here is skipped.
    private func write(_ bridge: ByteBridge, to ingest: any BlobIngest, from offset: Int64) throws {
        var skip = ingest.offset - offset
        guard skip >= 0 else { throw WharfError(.invalidArgument, "\(name): the registry sent it from byte \(offset) on") }
        let meter = ProgressMeter(total: descriptor.size) { [self] in tell(.downloading(current: $0, total: descriptor.size)) }
        while let chunk = try bridge.read() {
            let dropped = Int(min(skip, Int64(chunk.count)))
            skip -= Int64(dropped)
            guard ingest.offset + Int64(chunk.count - dropped) <= descriptor.size else {
                throw WharfError(.invalidArgument, "\(name): the registry sent more than its \(descriptor.size) bytes")
            }
            guard dropped < chunk.count else { continue }
            try chunk.withRawBytes { bytes throws(ContentError) in try ingest.write(UnsafeRawBufferPointer(rebasing: bytes[dropped...])) }
            meter.moved(ingest.offset)
        }
        guard ingest.offset == descriptor.size else {
            throw WharfError(.unavailable, "\(name): the registry sent \(ingest.offset) bytes of \(descriptor.size)")
        }
        meter.end()
    }

    private func tell(_ news: LayerState) { state.withLock { $0.news.note(news) }.forEach { $0(news) } }

    /// Whether what was received must not be found by the next attempt: it is wrong, or its place on the disk is needed.
    private static func spoils(_ error: any Error) -> Bool {
        let error = asWharfError(error, "")
        return error.code == .invalidArgument || error.code == .dataLoss || error.code == .outOfDisk
    }
}

/// The bytes are not those of the digest. Some of them may be of an earlier attempt, then another one from the start is
/// worth it.
struct BlobMismatch: Error {
    let error: WharfError
    let wasResumed: Bool
}

/// Who wants to hear of one blob or layer, and what they were told last.
struct Watchers {
    private var last: LayerState?
    private var watchers: [@Sendable (LayerState) -> Void] = []

    mutating func add(_ watcher: @escaping @Sendable (LayerState) -> Void) {
        watchers.append(watcher)
        if let last { watcher(last) }
    }

    /// - Returns: whom to tell.
    mutating func note(_ news: LayerState) -> [@Sendable (LayerState) -> Void] {
        last = news
        return watchers
    }
}
