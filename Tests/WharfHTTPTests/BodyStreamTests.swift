// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The hand-over of body chunks from an event loop to one task: pauses, ends, cancellation.

import Synchronization
import Testing

@testable import WharfHTTP

@Suite struct BodyStreamTests {
    private final class Demands: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    @Test func aPauseLastsUntilItsDemand() async throws {
        let demands = Demands()
        let stream = BodyStream { demands.add() }
        let chunk = [UInt8](repeating: 1, count: 100 << 10)
        #expect(stream.put(chunk))
        #expect(stream.put(chunk))
        #expect(!stream.put(chunk))
        _ = try await stream.next()
        #expect(demands.value == 0)
        // Of the read that is under way: the queue is below its mark, but nobody has asked yet.
        #expect(!stream.put([2]))
        _ = try await stream.next()
        #expect(demands.value == 1)
        #expect(stream.put([3]))
        stream.finish()
        var rest = 0
        while let bytes = try await stream.next() { rest += bytes.count }
        #expect(rest == chunk.count + 2)
    }

    @Test func anEndComesBehindItsChunks() async throws {
        struct Broken: Error {}
        let stream = BodyStream()
        stream.put([1])
        stream.finish(Broken())
        stream.finish()
        #expect(try await stream.next() == [1])
        await #expect(throws: Broken.self) { _ = try await stream.next() }
    }

    @Test func abandoningLetsTheProducerGoOn() {
        let demands = Demands()
        let stream = BodyStream { demands.add() }
        #expect(!stream.put([UInt8](repeating: 1, count: BodyStream.highWater)))
        stream.abandon()
        #expect(demands.value == 1)
        #expect(stream.put([UInt8](repeating: 1, count: BodyStream.highWater)))
    }

    @Test func aCancelledReaderStops() async {
        let stream = BodyStream()
        let reader = Task { try await stream.next() }
        reader.cancel()
        await #expect(throws: CancellationError.self) { _ = try await reader.value }
    }
}
