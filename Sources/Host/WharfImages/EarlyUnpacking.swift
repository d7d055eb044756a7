// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Layers of an archive, unpacked while the rest of it still comes in. What a member is stands in the table of contents, which
// comes last; but a large member that is compressed or a tar can hardly be anything but a layer. Its tree is private until
// an image of the archive wants a layer of this blob, and is dropped if none does.

import Synchronization
import WharfArchive
import WharfBlocking
import WharfContent
import WharfLinux
import WharfOCI
import WharfSnapshots

/// The trees of one load that were begun before it was known what they are for.
final class EarlyUnpacking: Sendable {
    private struct Item {
        let blob: SpooledBlob
        let key: String
    }

    private struct State {
        var waiting: [Item] = []
        /// Blobs that wait or are worked on.
        var pending: Set<Digest> = []
        var sources: [Digest: LayerSource] = [:]
        var results: [Digest: Result<LayerTree, any Error>] = [:]
        var begun = 0
        var threads = 0
        var isOver = false
    }

    /// Guarded by `signal`.
    private final class Box: @unchecked Sendable { var state = State() }

    private let signal = ThreadSignal()
    private let box = Box()
    private let store: ImageStore

    /// Beside the thread that reads the archive.
    private static let threads = 2
    /// Smaller ones are not worth a thread.
    private static let leastSize: Int64 = 1 << 20
    /// More layers than this no image of sense has; the others are unpacked when they are wanted.
    private static let limit = 128

    init(_ store: ImageStore) { self.store = store }

    /// Begins with a blob that looks like a layer, unless a layer of it is here. Blocks no longer than a look at its head.
    func consider(_ blob: SpooledBlob, key: () -> String) throws(ContentError) {
        let digest = blob.status.digest
        guard blob.status.size >= Self.leastSize, try isLayer(blob) else { return }
        guard store.table.withLock({ table in !table.layers.values.contains { $0.blob?.digest == digest } }) else { return }
        let mustStart = signal.withLock { () -> Bool in
            guard !box.state.isOver, box.state.begun < Self.limit, !box.state.pending.contains(digest) else { return false }
            box.state.begun += 1
            box.state.pending.insert(digest)
            box.state.waiting.append(Item(blob: blob, key: key()))
            guard box.state.threads < Self.threads else { return false }
            box.state.threads += 1
            return true
        }
        guard mustStart else { return }
        do throws(SyscallError) {
            try WorkerThread.start("wharf-unpack") { [self] in drain() }
        } catch {
            // No thread to be had: what waits is unpacked when it is wanted.
            signal.withLock {
                box.state.threads -= 1
                guard box.state.threads == 0 else { return }
                dropWaiting()
            }
        }
    }

    /// What became of a blob's tree, which is the caller's from now on; waits for one that is not done. Nil for a blob that
    /// was not begun.
    func take(_ digest: Digest) -> Result<LayerTree, any Error>? {
        signal.withLock {
            while box.state.pending.contains(digest) { signal.wait() }
            return box.state.results.removeValue(forKey: digest)
        }
    }

    /// Stops what is under way and drops what nobody took. A second call does nothing.
    func end() {
        let left = signal.withLock { () -> [Result<LayerTree, any Error>] in
            box.state.isOver = true
            dropWaiting()
            for source in box.state.sources.values { source.stop() }
            while box.state.threads > 0 { signal.wait() }
            defer { box.state.results = [:] }
            return Array(box.state.results.values)
        }
        for case .success(let tree) in left { try? store.snapshots.remove(tree.key) }  // else at the next start
    }

    // MARK: With the lock held

    private func dropWaiting() {
        for item in box.state.waiting { box.state.pending.remove(item.blob.status.digest) }
        box.state.waiting = []
        signal.broadcast()
    }

    // MARK: The threads

    private func drain() {
        while let item = next() {
            let digest = item.blob.status.digest
            let result = Result { () throws -> LayerTree in
                let source = LayerSource(try item.blob.open())
                signal.withLock {
                    box.state.sources[digest] = source
                    if box.state.isOver { source.stop() }
                }
                return try store.unpackLayer(source, key: item.key, diffID: nil)
            }
            signal.withLock {
                box.state.sources[digest] = nil
                box.state.pending.remove(digest)
                box.state.results[digest] = result
                signal.broadcast()
            }
        }
    }

    private func next() -> Item? {
        signal.withLock {
            if !box.state.waiting.isEmpty { return box.state.waiting.removeFirst() }
            box.state.threads -= 1
            signal.broadcast()
            return nil
        }
    }

    /// Compressed, or a tar by its mark (POSIX and GNU write the same five letters).
    private func isLayer(_ blob: SpooledBlob) throws(ContentError) -> Bool {
        var head = [UInt8](repeating: 0, count: 512)
        let reader = try blob.open()
        let count = try head.withMutableRawBytes { buffer throws(ContentError) -> Int in try reader.read(into: buffer, at: 0) }
        return Compression.detect(head.prefix(count)) != .none || head[257..<262].elementsEqual("ustar".utf8)
    }
}
