// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The blob store in memory: for tests of everything above, and the second proof that the protocol can be kept.

import Synchronization
import WharfLinux
public import WharfOCI

/// Blobs in a dictionary.
public final class MemoryBlobStore: BlobStore {
    fileprivate struct State {
        var blobs: [Digest: [UInt8]] = [:]
        var ingests: [String: [UInt8]] = [:]
        /// Seconds since 1970.
        var modified: [String: Int64] = [:]
        var open: Set<String> = []
    }
    fileprivate let state = Mutex(State())

    public init() {}

    public func ingest(_ key: String, hashing _: Digest.Algorithm) throws(ContentError) -> any BlobIngest {
        guard isIngestKey(key) else { throw .invalidKey(key) }
        let bytes: [UInt8]? = state.withLock { state in
            guard state.open.insert(key).inserted else { return nil }
            let bytes = state.ingests[key] ?? []
            state.ingests[key] = bytes
            if state.modified[key] == nil { state.modified[key] = KernelClock.realtime().seconds }
            return bytes
        }
        guard let bytes else { throw .busy(key) }
        return MemoryBlobIngest(key, bytes, in: self)
    }

    public func ingests() throws(ContentError) -> [IngestStatus] {
        state.withLock { state in
            state.ingests.map { IngestStatus(key: $0.key, offset: Int64($0.value.count), modified: state.modified[$0.key] ?? 0) }
        }
    }

    public func discardIngest(_ key: String) throws(ContentError) {
        guard isIngestKey(key) else { throw .invalidKey(key) }
        let isOpen = state.withLock { state in
            if state.open.contains(key) { return true }
            state.ingests[key] = nil
            state.modified[key] = nil
            return false
        }
        if isOpen { throw .busy(key) }
    }

    public func publish(_ ingests: [any BlobIngest], synchronized: Bool) throws(ContentError) {
        for ingest in ingests {
            guard let ingest = ingest as? MemoryBlobIngest else { throw .closed(ingest.key) }
            try ingest.publish()
        }
    }

    public func status(_ digest: Digest) throws(ContentError) -> BlobStatus? {
        state.withLock { $0.blobs[digest].map { BlobStatus(digest: digest, size: Int64($0.count)) } }
    }

    public func open(_ digest: Digest) throws(ContentError) -> any BlobReader {
        guard let bytes = state.withLock({ $0.blobs[digest] }) else { throw .notFound(digest) }
        return MemoryBlobReader(bytes: bytes)
    }

    public func list() throws(ContentError) -> [BlobStatus] {
        state.withLock { $0.blobs.map { BlobStatus(digest: $0.key, size: Int64($0.value.count)) } }
    }

    public func delete(_ digest: Digest) throws(ContentError) { state.withLock { $0.blobs[digest] = nil } }

    public func synchronize() throws(ContentError) {}
}

/// An ingest in `MemoryBlobStore`. The store keeps a copy of the bytes only between attempts.
private final class MemoryBlobIngest: BlobIngest {
    let key: String
    private let store: MemoryBlobStore
    /// Shared with followers on other threads.
    private let memory: Memory
    private let progress = IngestProgress()
    private var sealed: Digest?
    private var isClosed = false

    private final class Memory: Sendable {
        let bytes: Mutex<[UInt8]>
        init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }
    }

    private var bytes: [UInt8] { memory.bytes.withLock { $0 } }
    var offset: Int64 { memory.bytes.withLock { Int64($0.count) } }

    init(_ key: String, _ bytes: [UInt8], in store: MemoryBlobStore) {
        self.key = key
        memory = Memory(bytes)
        self.store = store
        progress.advance(to: Int64(bytes.count))
    }

    deinit { if !isClosed { close(keeping: bytes) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ContentError) {
        guard !isClosed, sealed == nil else { throw .closed(key) }
        let added = Array(bytes)
        memory.bytes.withLock { $0 += added }
        progress.advance(to: offset)
    }

    func restart() throws(ContentError) {
        guard !isClosed, sealed == nil else { throw .closed(key) }
        progress.restart()
        memory.bytes.withLock { $0 = [] }
    }

    func seal(digest: Digest?, size: Int64?) throws(ContentError) -> BlobStatus {
        guard !isClosed, sealed == nil else { throw .closed(key) }
        if let size, size != offset { throw .sizeMismatch(expected: size, found: offset) }
        let found = ContentHasher.digest(of: bytes, digest?.algorithm ?? .sha256)
        if let digest, digest != found { throw .digestMismatch(expected: digest, found: found) }
        sealed = found
        progress.end(.sealed)
        return BlobStatus(digest: found, size: offset)
    }

    func open() throws(ContentError) -> any BlobReader {
        guard !isClosed, sealed != nil else { throw .closed(key) }
        return MemoryBlobReader(bytes: bytes)
    }

    func follow() throws(ContentError) -> any BlobFollower {
        guard !isClosed else { throw .closed(key) }
        return IngestFollower(key, progress) { [memory] buffer, offset in
            MemoryBlobReader(bytes: memory.bytes.withLock { $0 }).read(into: buffer, at: offset)
        }
    }

    func publish() throws(ContentError) {
        guard !isClosed, let sealed else { throw .closed(key) }
        let bytes = bytes
        store.state.withLock { $0.blobs[sealed] = bytes }
        close(keeping: nil)
    }

    func suspend() throws(ContentError) { if !isClosed { close(keeping: bytes) } }

    func discard() throws(ContentError) { if !isClosed { close(keeping: nil) } }

    private func close(keeping bytes: [UInt8]?) {
        isClosed = true
        progress.end(.abandoned)
        store.state.withLock { state in
            state.ingests[key] = bytes
            state.modified[key] = bytes == nil ? nil : KernelClock.realtime().seconds
            state.open.remove(key)
        }
    }
}

private struct MemoryBlobReader: BlobReader {
    let bytes: [UInt8]
    var size: Int64 { Int64(bytes.count) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) -> Int {
        guard offset >= 0, offset < size else { return 0 }
        let part = bytes[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
