// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Several layers of one archive unpacked at once, by blocking code: their trees don't depend on each other until they are
// completed in order.

import Synchronization
import WharfError
import WharfLinux
import WharfOCI

/// One layer that is to be unpacked, and then its tree.
final class LayerWork: Sendable {
    /// The layer's place in its image.
    let position: Int
    let blob: SpooledBlob
    let diffID: Digest
    /// The private key of its tree.
    let key: String
    private let result = Mutex<Result<LayerTree, any Error>?>(nil)

    init(position: Int, blob: SpooledBlob, diffID: Digest, key: String) {
        self.position = position
        self.blob = blob
        self.diffID = diffID
        self.key = key
    }

    func put(_ result: Result<LayerTree, any Error>) { self.result.withLock { $0 = result } }

    /// The tree, once; nil if it was never begun.
    func take() throws -> LayerTree? {
        try result.withLock { result in
            defer { result = nil }
            return try result?.get()
        }
    }

    var isDone: Bool { result.withLock { $0 != nil } }

    var error: (any Error)? { result.withLock { if case .failure(let error) = $0 { error } else { nil } } }
}

/// A row of layers that a few threads work off.
final class LayerQueue: Sendable {
    private let work: [LayerWork]
    private let unpack: @Sendable (LayerWork) throws -> LayerTree
    private let next = Mutex(0)

    /// Beside the caller's own.
    private static let threads = 2

    init(_ work: [LayerWork], _ unpack: @escaping @Sendable (LayerWork) throws -> LayerTree) {
        self.work = work
        self.unpack = unpack
    }

    /// Works it off. - Throws: the first error, in the order of the layers.
    func run() throws {
        var threads: [JoinableThread] = []
        for _ in 0..<max(0, min(Self.threads, work.count - 1)) {
            do {
                threads.append(try JoinableThread("wharf-unpack") { [self] in drain() })
            } catch {
                break  // fewer threads take longer, that is all
            }
        }
        drain()
        for thread in threads { thread.join() }
        if let error = work.lazy.compactMap(\.error).first { throw error }
    }

    private func drain() {
        while let item = take() {
            let result = Result { try unpack(item) }
            item.put(result)
            // What is not begun yet never will be.
            if case .failure = result { next.withLock { $0 = work.count } }
        }
    }

    private func take() -> LayerWork? {
        next.withLock { next in
            guard next < work.count else { return nil }
            defer { next += 1 }
            return work[next]
        }
    }
}
