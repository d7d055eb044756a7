// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The body of a request or response as a sequence of byte chunks, read once. What stands behind it (bytes in
// memory, a connection with back-pressure, somebody's sequence) is hidden, so that no reader needs to know NIO.

import WharfError

/// A body: chunks of bytes in order, never empty ones. It may be iterated once.
///
/// Throws when the connection ends before the body does, and `CancellationError` in a cancelled task.
public struct HTTPBody: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    private let next: @Sendable () async throws -> [UInt8]?
    /// How many bytes there will be, where the sender said so.
    public let length: Int?

    /// A body whose chunks are asked for one by one; `next` gives nil at the end.
    public init(length: Int? = nil, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.length = length
        self.next = next
    }

    /// A body of one chunk.
    public init(_ bytes: [UInt8] = []) {
        let source = BodyStream()
        if !bytes.isEmpty { source.put(bytes) }
        source.finish()
        self.init(length: bytes.count) { try await source.next() }
    }

    /// A body made of somebody's chunks.
    public init<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, length: Int? = nil) where Chunks.Element == [UInt8] {
        let source = ChunkSource(chunks)
        self.init(length: length) { try await source.next() }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let read: @Sendable () async throws -> [UInt8]?

        public mutating func next() async throws -> [UInt8]? { try await read() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(read: next) }

    /// The whole body in memory.
    ///
    /// Throws `invalidArgument` when it is longer than `limit` bytes; the rest is then left unread.
    public func collect(upTo limit: Int) async throws -> [UInt8] {
        if let length, length > limit { throw Self.tooLarge(limit) }
        var bytes: [UInt8] = []
        while let chunk = try await next() {
            if bytes.isEmpty && chunk.count <= limit {
                bytes = chunk
                continue
            }
            guard chunk.count <= limit - bytes.count else { throw Self.tooLarge(limit) }
            bytes += chunk
        }
        return bytes
    }

    private static func tooLarge(_ limit: Int) -> WharfError {
        WharfError(.invalidArgument, "request body is larger than \(limit) bytes")
    }
}

/// Keeps the iterator of a sequence between two reads.
private final class ChunkSource<Chunks: AsyncSequence & Sendable>: @unchecked Sendable where Chunks.Element == [UInt8] {
    // Unchecked, because a body has one reader, which never asks for a chunk before it has the one before.
    private var iterator: Chunks.AsyncIterator

    init(_ chunks: Chunks) { iterator = chunks.makeAsyncIterator() }

    func next() async throws -> [UInt8]? {
        var chunk = try await iterator.next()
        while chunk?.isEmpty == true { chunk = try await iterator.next() }
        return chunk
    }
}
