// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Hands body chunks from an event loop to one task. The loop puts and finishes, the task takes; when the task falls
// behind, the loop is told to stop reading, and asked again when the queue has run low.

import Synchronization

/// A queue of chunks with one reader, whose owner learns when more is wanted.
package final class BodyStream: Sendable {
    /// Bytes above which the producer should pause.
    static let highWater = 256 * 1024

    private struct State {
        var chunks: [[UInt8]] = []
        var head = 0
        var queued = 0
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<[UInt8]?, any Error>?
        var paused = false
        var abandoned = false
    }

    private let state = Mutex(State())
    private let onDemand: @Sendable () -> Void

    /// `onDemand` is called, on any thread, when a paused producer should go on.
    package init(onDemand: @escaping @Sendable () -> Void = {}) {
        self.onDemand = onDemand
    }

    /// Appends a chunk. Returns false when the producer should pause until `onDemand`.
    @discardableResult
    package func put(_ chunk: [UInt8]) -> Bool {
        let (reader, goOn) = state.withLock { state -> (CheckedContinuation<[UInt8]?, any Error>?, Bool) in
            guard state.end == nil, !state.abandoned else { return (nil, true) }
            if let reader = state.reader {
                state.reader = nil
                return (reader, true)
            }
            state.chunks.append(chunk)
            state.queued += chunk.count
            // Only a demand ends a pause: chunks of the read that is under way may still come after the reader took some.
            if state.queued >= Self.highWater { state.paused = true }
            return (nil, !state.paused)
        }
        reader?.resume(returning: chunk)
        return goOn
    }

    /// Ends the body. Only the first end counts; chunks put before it are still read.
    package func finish(_ error: (any Error)? = nil) {
        let end: Result<Void, any Error> = error.map { .failure($0) } ?? .success(())
        let reader = state.withLock { state -> CheckedContinuation<[UInt8]?, any Error>? in
            guard state.end == nil else { return nil }
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(with: end.map { nil })
    }

    /// Whether the end was put, read or not.
    var isFinished: Bool { state.withLock { $0.end != nil } }

    /// Nobody will read any more: queued and later chunks are thrown away.
    func abandon() {
        let wasPaused = state.withLock { state in
            state.abandoned = true
            state.chunks = []
            state.head = 0
            state.queued = 0
            defer { state.paused = false }
            return state.paused
        }
        if wasPaused { onDemand() }
    }

    /// The next chunk, nil at the end.
    package func next() async throws -> [UInt8]? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let (answer, resume) = state.withLock { Self.take(&$0, continuation) }
                if let answer { continuation.resume(with: answer) }
                if resume { onDemand() }
            }
        } onCancel: {
            let reader = state.withLock { state in
                defer { state.reader = nil }
                return state.reader
            }
            reader?.resume(throwing: CancellationError())
        }
    }

    /// What `next` answers at once, or nil when the reader was queued, and whether the producer may go on.
    private static func take(
        _ state: inout State, _ reader: CheckedContinuation<[UInt8]?, any Error>
    ) -> (Result<[UInt8]?, any Error>?, Bool) {
        if state.head < state.chunks.count {
            let chunk = state.chunks[state.head]
            state.chunks[state.head] = []
            state.head += 1
            state.queued -= chunk.count
            if state.head == state.chunks.count {
                state.chunks.removeAll(keepingCapacity: true)
                state.head = 0
            }
            let resume = state.paused && state.queued < highWater / 2
            if resume { state.paused = false }
            return (.success(chunk), resume)
        }
        if let end = state.end { return (end.map { nil }, false) }
        // The cancellation handler may have run before this reader was queued: it would wait for ever.
        if Task.isCancelled { return (.failure(CancellationError()), false) }
        state.reader = reader
        return (nil, false)
    }
}
