// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Bytes from async to blocking code and back: complete, in order, bounded, and never waiting for a dead peer.

import Synchronization
import Testing
import WharfBlocking
import WharfError
import WharfTestKit

@Suite struct ByteBridgeTests {
    private struct Broken: Error {}

    private func stream(_ chunks: [[UInt8]], failing: Bool = false) -> AsyncThrowingStream<[UInt8], any Error> {
        AsyncThrowingStream { continuation in
            for chunk in chunks { continuation.yield(chunk) }
            continuation.finish(throwing: failing ? Broken() : nil)
        }
    }

    @Test func blockingCodeReadsAnAsyncSource() async throws {
        let blocking = Blocking(ownThreads: 2)
        let chunks = (0..<200).map { [UInt8](repeating: UInt8($0), count: 1000) }
        let read = try await blocking.reading(stream(chunks), capacity: 4096) { bridge in
            var all: [UInt8] = []
            while let chunk = try bridge.read() { all += chunk }
            return all
        }
        #expect(read == chunks.flatMap { $0 })
    }

    @Test func aFailingSourceFailsTheReader() async throws {
        let blocking = Blocking(ownThreads: 2)
        await #expect(throws: Broken.self) {
            try await blocking.reading(stream([[1]], failing: true)) { bridge in while try bridge.read() != nil {} }
        }
    }

    @Test func aReaderThatStopsEarlyLetsTheSourceGo() async throws {
        let blocking = Blocking(ownThreads: 2)
        let chunks = [[UInt8]](repeating: [UInt8](repeating: 1, count: 1000), count: 100)
        #expect(try await blocking.reading(stream(chunks), capacity: 1000) { try $0.read()?.count } == 1000)
    }

    @Test func cancellationWakesABlockedReader() async throws {
        let blocking = Blocking(ownThreads: 2)
        let (source, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        let reading = Counter()
        let task = Task {
            try await blocking.reading(source) { bridge in
                reading.add()
                while try bridge.read() != nil {}
            }
        }
        try await eventually("the reader waits") { reading.count == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        continuation.finish()
    }

    @Test func anAsyncSinkTakesWhatBlockingCodeWrites() async throws {
        let blocking = Blocking(ownThreads: 2)
        let got = Mutex<[UInt8]>([])
        let count = try await blocking.writing(
            to: { chunk in got.withLock { $0 += chunk } }, capacity: 4096
        ) { bridge in
            for number in 0..<200 { try bridge.write([UInt8](repeating: UInt8(number), count: 1000)) }
            return 200
        }
        #expect(count == 200)
        #expect(got.withLock { $0.count } == 200_000)
    }

    @Test func aSinkThatFailsStopsTheWriter() async throws {
        let blocking = Blocking(ownThreads: 2)
        let written = Counter()
        await #expect(throws: Broken.self) {
            try await blocking.writing(to: { _ in throw Broken() }, capacity: 1000) { bridge in
                while true {
                    try bridge.write([UInt8](repeating: 0, count: 1000))
                    written.add()
                }
            }
        }
        // The first chunk was taken, the second waited or was refused.
        #expect(written.count < 10)
    }

    @Test func theBufferIsBounded() async throws {
        let bridge = ByteBridge(capacity: 10)
        try await bridge.send([UInt8](repeating: 1, count: 8))
        let second = Task { try await bridge.send([UInt8](repeating: 2, count: 8)) }
        #expect(try bridge.read()?.first == 1)
        try await second.value
        #expect(try bridge.read()?.first == 2)
        bridge.finish()
        #expect(try bridge.read() == nil)
        #expect(try await bridge.next() == nil)
    }
}
