// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A stream whose producer runs on a thread of its own: reading, inflating and hashing on one core while the other writes
// files. Between them stand a few large buffers that go round; nothing is allocated for a piece, and the consumer works
// in the producer's buffer.
//
//   producer: source ──read──► [buffer] ──full──►  consumer: withNextPiece
//                                 ▲───────free─────────┘

import WharfLinux

/// A source that hands out its bytes where they lie.
public protocol PieceSource: ByteSource {
    /// The next bytes, nil at the end. They stay valid until the next call of any method.
    func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer?
}

/// Runs another source on a second thread.
public final class PipelinedSource: PieceSource {
    /// What both threads see; guarded by `signal`.
    private final class Ring: @unchecked Sendable {
        let signal = ThreadSignal()
        let buffers: [UnsafeMutableRawBufferPointer]
        /// Bytes in each full buffer.
        var counts: [Int]
        /// Full buffers, and the first of them.
        var full = 0
        var head = 0
        var end: ArchiveError?
        var isFinished = false
        var isStopped = false

        init(count: Int, bytes: Int) {
            buffers = (0..<count).map { _ in .allocate(byteCount: bytes, alignment: 4096) }
            counts = Array(repeating: 0, count: count)
        }

        deinit { for buffer in buffers { buffer.deallocate() } }
    }

    /// The source crosses to the thread and is used there only.
    private struct Crossing: @unchecked Sendable {
        let source: any ByteSource
    }

    private let ring: Ring
    private let thread: JoinableThread
    private var holdsPiece = false
    private var piece = UnsafeRawBufferPointer(start: nil, count: 0)

    /// Starts reading.
    ///
    /// - Parameters:
    ///   - source: used by the new thread alone until `finish` has returned or this object is gone.
    ///   - buffers: how many pieces may wait.
    ///   - bytes: the size of a piece.
    public init(_ source: any ByteSource, buffers: Int = 4, bytes: Int = 1 << 20) throws(ArchiveError) {
        let ring = Ring(count: buffers, bytes: bytes)
        self.ring = ring
        let crossing = Crossing(source: source)
        thread = try system { () throws(SyscallError) in
            try JoinableThread("wharf-inflate") { Self.produce(crossing.source, ring) }
        }
    }

    deinit { finish() }

    /// Stops the producer, if it still runs, and waits for it. What it is blocked in must end by itself: whoever cancels
    /// wakes the stream below first.
    public func finish() {
        ring.signal.withLock {
            ring.isStopped = true
            ring.signal.broadcast()
        }
        thread.join()
    }

    public func nextPiece() throws(ArchiveError) -> UnsafeRawBufferPointer? {
        release()
        let (piece, error) = ring.signal.withLock { () -> (UnsafeRawBufferPointer?, ArchiveError?) in
            while ring.full == 0 {
                if ring.isFinished || ring.isStopped { return (nil, ring.end) }
                ring.signal.wait()
            }
            holdsPiece = true
            return (UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(ring.buffers[ring.head])[..<ring.counts[ring.head]]), nil)
        }
        if let error { throw error }
        return piece
    }

    /// For readers with a buffer of their own.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
        if piece.isEmpty { piece = try nextPiece() ?? UnsafeRawBufferPointer(start: nil, count: 0) }
        let count = min(piece.count, buffer.count)
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[..<count]))
        piece = UnsafeRawBufferPointer(rebasing: piece[count...])
        return count
    }

    private func release() {
        guard holdsPiece else { return }
        holdsPiece = false
        ring.signal.withLock {
            ring.head = (ring.head + 1) % ring.buffers.count
            ring.full -= 1
            ring.signal.broadcast()
        }
    }

    // MARK: The other thread

    private static func produce(_ source: any ByteSource, _ ring: Ring) {
        var failure: ArchiveError?
        do throws(ArchiveError) {
            while let index = waitForRoom(ring) {
                let count = try fill(ring.buffers[index], from: source)
                if count > 0 {
                    ring.signal.withLock {
                        ring.counts[index] = count
                        ring.full += 1
                        ring.signal.broadcast()
                    }
                }
                if count < ring.buffers[index].count { break }
            }
        } catch {
            failure = error
        }
        ring.signal.withLock { [failure] in
            ring.end = failure
            ring.isFinished = true
            ring.signal.broadcast()
        }
    }

    /// The next empty buffer; nil when nobody wants more.
    private static func waitForRoom(_ ring: Ring) -> Int? {
        ring.signal.withLock {
            while ring.full == ring.buffers.count, !ring.isStopped { ring.signal.wait() }
            return ring.isStopped ? nil : (ring.head + ring.full) % ring.buffers.count
        }
    }

    /// Fills the buffer, less only at the end: few large pieces cost the least.
    private static func fill(_ buffer: UnsafeMutableRawBufferPointer, from source: any ByteSource) throws(ArchiveError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
            if count == 0 { break }
            done += count
        }
        return done
    }
}
