// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An archive on its way out: a thread writes it, an async reader takes it, and neither runs ahead of the other.

import WharfBlocking

/// The bytes of `save`, read once. A reader that stops early ends the writing.
public struct SaveStream: AsyncSequence, Sendable {
    public typealias Element = [UInt8]
    public typealias Failure = any Error

    private let start: @Sendable (ByteBridge) -> Void

    /// - Parameter start: begins the writing on a thread of its own; called once, when somebody reads.
    init(start: @escaping @Sendable (ByteBridge) -> Void) { self.start = start }

    /// Asks for chunk after chunk; its end, also an early one, ends the writer.
    public final class AsyncIterator: AsyncIteratorProtocol {
        private let bridge: ByteBridge

        init(_ bridge: ByteBridge) { self.bridge = bridge }

        deinit { bridge.cancel() }

        public func next() async throws -> [UInt8]? { try await bridge.next() }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        let bridge = ByteBridge(capacity: 1 << 20)
        start(bridge)
        return AsyncIterator(bridge)
    }
}
