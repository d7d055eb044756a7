// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Bodies that flow: what the daemon streams (logs, progress) and what the caller uploads. They hide the HTTP layer,
// which the command line does not know.

import WharfHTTP

/// A body that the daemon streams, as chunks. Dropping it closes the connection.
public struct ByteStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    let body: HTTPBody

    /// Reads one chunk after the other.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: HTTPBody.AsyncIterator

        /// The next chunk, nil at the end. Throws when the connection breaks.
        public mutating func next() async throws -> [UInt8]? { try await iterator.next() }
    }

    /// May be asked for once.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(iterator: body.makeAsyncIterator()) }

    /// The body in lines, without their ends; the last one need not have one.
    public func forEachLine(_ handle: ([UInt8]) throws -> Void) async throws {
        var pending: [UInt8] = []
        for try await chunk in self {
            pending += chunk
            while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(pending[..<end])
                pending.removeFirst(end + 1)
                if !line.isEmpty { try handle(line) }
            }
        }
        if !pending.isEmpty { try handle(pending) }
    }
}

/// A body that the caller uploads, asked for chunk after chunk as the daemon takes them.
public struct UploadBody: Sendable {
    let body: HTTPBody

    /// `next` gives a chunk, nil at the end.
    public init(next: @escaping @Sendable () async throws -> [UInt8]?) {
        body = HTTPBody(AsyncThrowingStream(unfolding: next))
    }
}
