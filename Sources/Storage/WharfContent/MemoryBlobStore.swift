// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The blob store in memory: for tests of everything above, and the second proof that the protocol can be kept.

import Synchronization
public import WharfOCI

/// Blobs in a dictionary.
public final class MemoryBlobStore: BlobStore {
    fileprivate struct State {
        var blobs: [Digest: [UInt8]] = [:]
        var ingests: [String: [UInt8]] = [:]
        var open: Set<String> = []
    }
    fileprivate let state = Mutex(State())

    public init() {}

    public func ingest(_ key: String) throws(ContentError) -> any BlobIngest {
        guard isIngestKey(key) else { throw .invalidKey(key) }
        let bytes: [UInt8]? = state.withLock { state in
            guard state.open.insert(key).inserted else { return nil }
            let bytes = state.ingests[key] ?? []
            state.ingests[key] = bytes
            return bytes
        }
        guard let bytes else { throw .busy(key) }
        return MemoryBlobIngest(key, bytes, in: self)
    }

    public func ingests() throws(ContentError) -> [IngestStatus] {
        state.withLock { $0.ingests.map { IngestStatus(key: $0.key, offset: Int64($0.value.count)) } }
    }

    public func discardIngest(_ key: String) throws(ContentError) {
        guard isIngestKey(key) else { throw .invalidKey(key) }
        let isOpen = state.withLock { state in
            if state.open.contains(key) { return true }
            state.ingests[key] = nil
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
    private var bytes: [UInt8]
    private var sealed: Digest?
    private var isClosed = false

    var offset: Int64 { Int64(bytes.count) }

    init(_ key: String, _ bytes: [UInt8], in store: MemoryBlobStore) {
        self.key = key
        self.bytes = bytes
        self.store = store
    }

    deinit { if !isClosed { close(keeping: bytes) } }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ContentError) {
        guard !isClosed, sealed == nil else { throw .closed(key) }
        self.bytes.append(contentsOf: bytes)
    }

    func restart() throws(ContentError) {
        guard !isClosed, sealed == nil else { throw .closed(key) }
        bytes = []
    }

    func seal(digest: Digest?, size: Int64?) throws(ContentError) -> BlobStatus {
        guard !isClosed, sealed == nil else { throw .closed(key) }
        if let size, size != offset { throw .sizeMismatch(expected: size, found: offset) }
        let found = ContentHasher.digest(of: bytes, digest?.algorithm ?? .sha256)
        if let digest, digest != found { throw .digestMismatch(expected: digest, found: found) }
        sealed = found
        return BlobStatus(digest: found, size: offset)
    }

    func open() throws(ContentError) -> any BlobReader {
        guard !isClosed, sealed != nil else { throw .closed(key) }
        return MemoryBlobReader(bytes: bytes)
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
        store.state.withLock { state in
            state.ingests[key] = bytes
            state.open.remove(key)
        }
    }
}

private struct MemoryBlobReader: BlobReader {
    let bytes: [UInt8]
    var size: Int64 { Int64(bytes.count) }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ContentError) -> Int {
        guard offset >= 0, offset < size else { return 0 }
        let part = bytes[Int(offset)...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }
}
