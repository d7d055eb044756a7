// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The store of bytes by digest: the protocol. Images, builds and the registry write through it; who refers to what is
// not its business (that is a row in the metadata).
//
// The life of a blob: `ingest(key)` opens a private place for its bytes, or finds what an earlier attempt left there;
// `write` appends; `seal` checks digest and size; `publish` makes it visible under its digest, whole or not at all.
// `suspend` keeps the bytes for a later attempt under the same key (also in another process), `discard` drops them. Keys of
// downloads are `Digest.downloadKey`: they outlive restarts until they are old (`discardIngests`).

public import WharfOCI

/// Immutable bytes by digest, with resumable ingest.
///
/// Synchronous: every call may block on the disk. Safe to use from several threads.
public protocol BlobStore: Sendable {
    /// Opens the ingest `key`; bytes of an earlier attempt are found again, hashed again, and `offset` says how many.
    ///
    /// - Parameters:
    ///   - key: `[A-Za-z0-9._-]`, at most 200 bytes, not starting with a dot.
    ///   - algorithm: in which the bytes are hashed on their way; another one at `seal` costs another reading.
    /// - Throws: `busy` when the key is open already, `invalidKey`.
    func ingest(_ key: String, hashing algorithm: Digest.Algorithm) throws(ContentError) -> any BlobIngest

    /// The ingests that exist, open or suspended.
    func ingests() throws(ContentError) -> [IngestStatus]

    /// Drops a suspended ingest. A missing one is not an error; an open one is `busy`.
    func discardIngest(_ key: String) throws(ContentError)

    /// Makes sealed ingests visible under their digests. One that is visible already is dropped instead.
    ///
    /// - Parameter synchronized: the caller called `synchronize()` after the last `seal` (one flush for many blobs);
    ///   otherwise each blob is flushed here. When this returns, a power cut takes neither bytes nor names away.
    func publish(_ ingests: [any BlobIngest], synchronized: Bool) throws(ContentError)

    /// What is known of a blob, nil if it is not here.
    func status(_ digest: Digest) throws(ContentError) -> BlobStatus?

    /// Opens a blob. - Throws: `notFound`.
    func open(_ digest: Digest) throws(ContentError) -> any BlobReader

    /// All blobs, in no order.
    func list() throws(ContentError) -> [BlobStatus]

    /// Removes a blob; open readers go on reading. A missing one is not an error.
    func delete(_ digest: Digest) throws(ContentError)

    /// Flushes everything written so far to the disk, in one go.
    func synchronize() throws(ContentError)
}

extension BlobStore {
    /// Opens the ingest `key`, hashing in sha256.
    public func ingest(_ key: String) throws(ContentError) -> any BlobIngest { try ingest(key, hashing: .sha256) }

    /// Drops suspended ingests that were last written before `limit` and that `isUnwanted` says yes to. One that is open is
    /// left alone.
    ///
    /// - Parameter limit: seconds since 1970; nil for any age.
    /// - Returns: what was dropped.
    @discardableResult
    public func discardIngests(
        writtenBefore limit: Int64? = nil, where isUnwanted: (IngestStatus) -> Bool = { _ in true }
    ) throws(ContentError) -> [IngestStatus] {
        var dropped: [IngestStatus] = []
        for ingest in try ingests() where ingest.modified < limit ?? .max && isUnwanted(ingest) {
            do {
                try discardIngest(ingest.key)
                dropped.append(ingest)
            } catch {
                guard case .busy = error else { throw error }
            }
        }
        return dropped
    }
}

extension Digest {
    /// The ingest key of a blob's download: one for each digest, so that whoever wants the blob next finds what came already.
    public var downloadKey: String { algorithm == .sha256 ? "download-\(hex)" : "download-\(algorithm.rawValue)-\(hex)" }
}

/// A blob's digest and size.
public struct BlobStatus: Sendable, Hashable {
    public let digest: Digest
    /// Bytes.
    public let size: Int64

    public init(digest: Digest, size: Int64) {
        self.digest = digest
        self.size = size
    }
}

/// An ingest that exists.
public struct IngestStatus: Sendable, Hashable {
    public let key: String
    /// Bytes received.
    public let offset: Int64
    /// When bytes came last: seconds since 1970.
    public let modified: Int64

    public init(key: String, offset: Int64, modified: Int64) {
        self.key = key
        self.offset = offset
        self.modified = modified
    }
}

/// A blob in progress. Used by one thread at a time. One that is dropped without an ending is suspended.
public protocol BlobIngest: AnyObject {
    var key: String { get }
    /// Bytes received, those of earlier attempts included.
    var offset: Int64 { get }

    /// Appends.
    func write(_ bytes: UnsafeRawBufferPointer) throws(ContentError)

    /// Drops what was received and starts again at 0.
    func restart() throws(ContentError)

    /// Ends the writing and checks it. On a mismatch the ingest stays open, for `restart` or `discard`.
    ///
    /// - Returns: the size, and the digest in the algorithm of `digest` (sha256 if nil).
    func seal(digest: Digest?, size: Int64?) throws(ContentError) -> BlobStatus

    /// Reads a sealed ingest before it is published.
    func open() throws(ContentError) -> any BlobReader

    /// Reads the bytes from the first one on while more are written: for another thread that unpacks what is still being
    /// downloaded. Its end comes with `seal`, so whoever has seen the end has read a blob that was checked.
    func follow() throws(ContentError) -> any BlobFollower

    /// Keeps the bytes for a later attempt and gives the key free.
    func suspend() throws(ContentError)

    /// Drops the bytes and gives the key free. After `publish` it does nothing.
    func discard() throws(ContentError)
}

/// The reading end of an ingest that is still being written. Used by one thread at a time, another one than the writer's.
public protocol BlobFollower: AnyObject, Sendable {
    /// Waits for bytes, then reads at least one and at most `buffer.count`; 0 at the end, when the ingest was sealed.
    ///
    /// - Throws: `abandoned` when the writing was given up (suspended, discarded, started again) or `cancel` was called.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContentError) -> Int

    /// Ends a waiting `read` and all later ones with `abandoned`. From any thread.
    func cancel()
}

/// A blob open for reading, at any place.
public protocol BlobReader: Sendable {
    /// Bytes.
    var size: Int64 { get }
    /// Reads up to `buffer.count` bytes at `offset`; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int64) throws(ContentError) -> Int
}
