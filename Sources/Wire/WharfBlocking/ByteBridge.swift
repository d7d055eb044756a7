// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A bounded queue of bytes with one async and one blocking side, in either direction: an HTTP body feeds a tar reader, a tar
// writer feeds a response. Whoever stops first closes it, and the other side learns at once: nobody waits for a dead peer.

import WharfError
import WharfLinux

/// Joins an async byte source or sink to a blocking one.
///
/// ```
///   send (async) ──┐                    ┌── read  (blocking)
///                  ├─ chunks, capacity ─┤
///   write (blocks)─┘                    └── next  (async)
/// ```
/// One producer and one consumer. Chunks keep their order; their borders mean nothing.
public final class ByteBridge: Sendable {
    private struct State {
        var chunks: [[UInt8]] = []
        var head = 0
        var bytes = 0
        var end: Result<Void, any Error>?
        var cancelled: (any Error)?
        var producer: OneShot<Void>?
        var consumer: OneShot<Void>?
    }
    private let capacity: Int
    private let signal = ThreadSignal()
    private let box: Box

    /// Guarded by `signal`.
    private final class Box: @unchecked Sendable { var state = State() }

    /// - Parameter capacity: bytes that may wait; one chunk may go over it.
    public init(capacity: Int = 256 * 1024) {
        self.capacity = capacity
        box = Box()
    }

    // MARK: the producer's side

    /// Hands a chunk over from async code, waiting for room. - Throws: the consumer's reason when it stopped, `CancellationError`.
    public func send(_ chunk: [UInt8]) async throws {
        while true {
            let ticket = try signal.withLock { () throws -> OneShot<Void>? in
                if try accept(chunk) { return nil }
                let ticket = OneShot<Void>()
                box.state.producer = ticket
                return ticket
            }
            guard let ticket else { return }
            try await ticket.value()
        }
    }

    /// Hands a chunk over from blocking code, waiting for room. - Throws: the consumer's reason when it stopped.
    public func write(_ chunk: [UInt8]) throws {
        try signal.withLock {
            while try !accept(chunk) { signal.wait() }
        }
    }

    /// No more chunks: the consumer reads what is left and then the end, or `error`.
    public func finish(throwing error: (any Error)? = nil) {
        let consumer = signal.withLock { () -> OneShot<Void>? in
            guard box.state.end == nil else { return nil }
            box.state.end = error.map { .failure($0) } ?? .success(())
            signal.broadcast()
            return takeConsumer()
        }
        consumer?.deliver(.success(()))
    }

    // MARK: the consumer's side

    /// The next chunk for blocking code, nil at the end. - Throws: the producer's error.
    public func read() throws -> [UInt8]? {
        let (chunk, producer) = try signal.withLock { () throws -> ([UInt8]?, OneShot<Void>?) in
            while true {
                if let chunk = takeChunk() { return (chunk, takeProducer()) }
                if let cancelled = box.state.cancelled { throw cancelled }
                if let end = box.state.end { return (try end.map { nil }.get(), nil) }
                signal.wait()
            }
        }
        producer?.deliver(.success(()))
        return chunk
    }

    /// The next chunk for async code, nil at the end. - Throws: the producer's error, `CancellationError`.
    public func next() async throws -> [UInt8]? {
        while true {
            let (chunk, producer, ticket) = try signal.withLock { () throws -> ([UInt8]?, OneShot<Void>?, OneShot<Void>?) in
                if let chunk = takeChunk() { return (chunk, takeProducer(), nil) }
                if let cancelled = box.state.cancelled { throw cancelled }
                if let end = box.state.end { return (try end.map { nil }.get(), nil, nil) }
                let ticket = OneShot<Void>()
                box.state.consumer = ticket
                return (nil, nil, ticket)
            }
            producer?.deliver(.success(()))
            guard let ticket else { return chunk }
            try await ticket.value()
        }
    }

    /// The consumer stops: what waits is dropped and the producer's next call throws `reason`.
    public func cancel(_ reason: any Error = CancellationError()) {
        let (producer, consumer) = signal.withLock { () -> (OneShot<Void>?, OneShot<Void>?) in
            guard box.state.cancelled == nil else { return (nil, nil) }
            box.state.cancelled = reason
            box.state.chunks = []
            box.state.head = 0
            box.state.bytes = 0
            signal.broadcast()
            return (takeProducer(), takeConsumer())
        }
        producer?.deliver(.success(()))
        consumer?.deliver(.success(()))
    }

    // MARK: with the lock held

    private func accept(_ chunk: [UInt8]) throws -> Bool {
        if let cancelled = box.state.cancelled { throw cancelled }
        if box.state.end != nil { throw WharfError(.internal, "bytes were sent behind the end of a stream") }
        if chunk.isEmpty { return true }
        guard box.state.bytes == 0 || box.state.bytes + chunk.count <= capacity else { return false }
        box.state.chunks.append(chunk)
        box.state.bytes += chunk.count
        signal.broadcast()
        // Resuming with the lock held is safe: a continuation only schedules.
        takeConsumer()?.deliver(.success(()))
        return true
    }

    private func takeChunk() -> [UInt8]? {
        guard box.state.head < box.state.chunks.count else { return nil }
        let chunk = box.state.chunks[box.state.head]
        box.state.chunks[box.state.head] = []
        box.state.head += 1
        box.state.bytes -= chunk.count
        if box.state.head == box.state.chunks.count {
            box.state.chunks.removeAll(keepingCapacity: true)
            box.state.head = 0
        }
        signal.broadcast()
        return chunk
    }

    private func takeProducer() -> OneShot<Void>? {
        defer { box.state.producer = nil }
        return box.state.producer
    }

    private func takeConsumer() -> OneShot<Void>? {
        defer { box.state.consumer = nil }
        return box.state.consumer
    }
}
