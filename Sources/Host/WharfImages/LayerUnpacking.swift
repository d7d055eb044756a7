// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From a layer's bytes to a tree under a private key: decompressed and hashed on one thread, extracted on another. Load,
// import, pull and commit all come here.

import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfLinux
import WharfOCI
import WharfSnapshots

/// A layer that was unpacked and has no name yet.
struct LayerTree: Sendable {
    /// The snapshot's private key.
    let key: String
    /// Its tree.
    let root: Descriptor
    let diffID: Digest
    /// Bytes of its files.
    let size: Int64
    /// Directories that it uses without having them: `inheritAttributes` completes them.
    let implied: [[UInt8]]
    /// What its bytes were compressed with.
    let compression: Compression
}

extension ImageStore {
    /// Unpacks a layer's stream, in any compression, and reads it to its end. Blocks.
    ///
    /// - Parameter diffID: what the uncompressed stream must hash to; nil takes what comes.
    /// - Throws: then nothing is left of it.
    func unpackLayer(_ source: any ByteSource, key: String, diffID: Digest?) throws -> LayerTree {
        let root = try snapshots.prepareLayer(key)
        do {
            // Used by the thread that inflates, and behind its end by this one.
            var hasher = ContentHasher(diffID?.algorithm ?? .sha256)
            let layer = try LayerUnpacker.unpack(source, into: root) { hasher.update($0) }
            let found = hasher.digest
            if let diffID, diffID != found {
                throw WharfError(.invalidArgument, "layer \(diffID) is damaged: its digest is \(found)")
            }
            // The disk begins with this layer's files while others are still unpacked.
            flush.start(snapshots)
            return LayerTree(
                key: key, root: root, diffID: found, size: layer.summary.bytes, implied: layer.summary.impliedDirectories,
                compression: layer.compression)
        } catch {
            try? snapshots.remove(key)  // else at the next start
            throw error
        }
    }
}

/// A layer's compressed bytes, from a blob or from an ingest that is still being written.
final class LayerSource: StoppableSource, @unchecked Sendable {
    // Unchecked: one thread reads; only `stop` comes from elsewhere.
    private let reader: (any BlobReader)?
    private let follower: (any BlobFollower)?
    private let isStopped = Atomic(false)
    private var offset: Int64 = 0
    private var moved: (Int64) -> Void = { _ in }

    init(_ reader: any BlobReader) {
        self.reader = reader
        follower = nil
    }

    init(_ follower: any BlobFollower) {
        reader = nil
        self.follower = follower
    }

    /// Tells how far it was read; set before the first `read`.
    func watch(_ moved: @escaping (Int64) -> Void) { self.moved = moved }

    /// Ends the reading with an error. From any thread.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        follower?.cancel()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        if isStopped.load(ordering: .relaxed) { throw .stream(CancellationError()) }
        do throws(ContentError) {
            let count: Int
            if let follower {
                count = try follower.read(into: buffer)
            } else {
                count = try reader?.read(into: buffer, at: offset) ?? 0
            }
            offset += Int64(count)
            moved(offset)
            return count
        } catch {
            throw .stream(error.wharfError("content"))
        }
    }
}
