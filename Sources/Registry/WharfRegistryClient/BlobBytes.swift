// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bytes of a blob on their way from or to a registry: chunks that are asked for one by one, so that whoever is slower
// sets the pace.

import Synchronization

/// A sequence of byte chunks in order, read once. Never an empty chunk.
public struct BlobBytes: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    let read: @Sendable () async throws -> [UInt8]?

    /// Chunks that are asked for one by one; `next` gives nil at the end.
    public init(next: @escaping @Sendable () async throws -> [UInt8]?) { read = next }

    /// One chunk.
    public init(_ bytes: [UInt8]) {
        let rest = OneChunk(bytes)
        self.init { rest.take() }
    }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let read: @Sendable () async throws -> [UInt8]?

        public mutating func next() async throws -> [UInt8]? { try await read() }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(read: read) }
}

/// Bytes that are given once.
private final class OneChunk: Sendable {
    private let bytes: Mutex<[UInt8]?>

    init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes.isEmpty ? nil : bytes) }

    func take() -> [UInt8]? {
        bytes.withLock { bytes in
            defer { bytes = nil }
            return bytes
        }
    }
}
