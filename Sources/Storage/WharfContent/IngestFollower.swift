// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reading a blob while it is written: the writer tells how far it is, the reader waits for more. A layer is unpacked this
// way while its download is still running.

import WharfLinux

/// How far an ingest's writer is. Shared by the ingest and its followers.
final class IngestProgress: @unchecked Sendable {
    enum End {
        case sealed
        /// Suspended, discarded or dropped.
        case abandoned
    }

    /// What a follower finds behind its position.
    enum Step {
        /// So many bytes can be read.
        case bytes(Int64)
        case end
        case abandoned
    }

    private let signal = ThreadSignal()
    // Guarded by `signal`.
    private var available: Int64 = 0
    private var attempt = 0
    private var end: End?

    func advance(to offset: Int64) {
        signal.withLock {
            available = offset
            signal.broadcast()
        }
    }

    /// The bytes are dropped; whoever followed them has read what is not true.
    func restart() {
        signal.withLock {
            available = 0
            attempt += 1
            signal.broadcast()
        }
    }

    /// The first call counts: what was sealed stays whole whatever happens to the ingest.
    func end(_ end: End) {
        signal.withLock {
            if self.end == nil { self.end = end }
            signal.broadcast()
        }
    }

    var currentAttempt: Int { signal.withLock { attempt } }

    /// Waits for what comes behind `position`.
    func next(_ position: Int64, attempt: Int, isCancelled: () -> Bool) -> Step {
        signal.withLock {
            while true {
                if attempt != self.attempt || isCancelled() { return .abandoned }
                if available > position { return .bytes(available - position) }
                switch end {
                case .sealed: return .end
                case .abandoned: return .abandoned
                case nil: signal.wait()
                }
            }
        }
    }

    /// Runs `body` with the lock held and wakes everybody.
    func wake(_ body: () -> Void) {
        signal.withLock {
            body()
            signal.broadcast()
        }
    }
}

/// A follower over any way to read bytes at an offset.
final class IngestFollower: BlobFollower, @unchecked Sendable {
    private let key: String
    private let progress: IngestProgress
    private let attempt: Int
    private let readAt: @Sendable (UnsafeMutableRawBufferPointer, Int64) throws(ContentError) -> Int
    /// The reading thread's own.
    private var position: Int64 = 0
    /// Guarded by the lock of `progress`.
    private var isCancelled = false

    init(
        _ key: String, _ progress: IngestProgress,
        readAt: @escaping @Sendable (UnsafeMutableRawBufferPointer, Int64) throws(ContentError) -> Int
    ) {
        self.key = key
        self.progress = progress
        self.readAt = readAt
        attempt = progress.currentAttempt
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ContentError) -> Int {
        guard !buffer.isEmpty else { return 0 }
        switch progress.next(position, attempt: attempt, isCancelled: { isCancelled }) {
        case .end: return 0
        case .abandoned: throw .abandoned(key)
        case .bytes(let available):
            let wanted = UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(Int64(buffer.count), available))])
            let count = try readAt(wanted, position)
            // Told to be there and not there: the ingest was started again meanwhile.
            guard count > 0 else { throw .abandoned(key) }
            position += Int64(count)
            return count
        }
    }

    func cancel() { progress.wake { isCancelled = true } }
}
