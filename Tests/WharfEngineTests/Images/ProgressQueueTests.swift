// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Progress on its way to a client: order, what a slow client misses, and a client that is gone.

import Synchronization
import Testing
import WharfDockerAPI

@testable import WharfEngine

@Suite(.timeLimit(.minutes(1))) struct ProgressQueueTests {
    private func number(_ layer: String, _ current: Int64, _ total: Int64 = 100, _ status: String = "Downloading") -> ProgressMessage {
        ProgressMessage(layer: layer, status, detail: ProgressDetail(current: current, total: total))
    }

    private func drained(_ queue: ProgressQueue) async -> [ProgressMessage] {
        queue.finish()
        var messages: [ProgressMessage] = []
        while let message = await queue.next() { messages.append(message) }
        return messages
    }

    @Test func aSlowClientGetsTheNewestNumbersOnly() async {
        let queue = ProgressQueue(interval: .zero)
        queue.put(ProgressMessage(layer: "a", "Pulling fs layer"))
        for step in 1...1000 { queue.put(number("a", Int64(step), 1000)) }
        queue.put(number("b", 7))
        queue.put(ProgressMessage(layer: "a", "Download complete"))
        queue.put(number("a", 1, 10, "Extracting"))
        let messages = await drained(queue)
        #expect(messages.map(\.status) == ["Pulling fs layer", "Downloading", "Downloading", "Download complete", "Extracting"])
        #expect(messages[1].progressDetail?.current == 1000 && messages[2].id == "b")
    }

    @Test func numbersComeNoFasterThanTheInterval() async {
        let queue = ProgressQueue(interval: .seconds(3600))
        var seen: [Int64] = []
        for step in [1, 2, 3, 100] as [Int64] {
            queue.put(number("a", step))
            if step == 1, let first = await queue.next() { seen.append(first.progressDetail?.current ?? 0) }
        }
        seen += await drained(queue).compactMap(\.progressDetail?.current)
        // The first and the last always come.
        #expect(seen == [1, 100])
    }

    @Test func everythingElseKeepsItsOrder() async throws {
        let log = MessageLog()
        let result = try await ProgressQueue.following({ log.add($0) }) { tell in
            for step in 0..<100 { tell(ProgressMessage(status: "\(step)")) }
            return 5
        }
        #expect(result == 5 && log.all.map(\.status) == (0..<100).map(String.init))
    }

    @Test func theVerbsErrorComesBehindItsNews() async {
        struct Broken: Error {}
        let log = MessageLog()
        await #expect(throws: Broken.self) {
            try await ProgressQueue.following({ log.add($0) }) { tell in
                tell(ProgressMessage(status: "one"))
                throw Broken()
            }
        }
        #expect(log.all.map(\.status) == ["one"])
    }

    @Test func aClientThatIsGoneEndsTheVerb() async {
        struct Gone: Error {}
        let wasCancelled = Mutex(false)
        await #expect(throws: Gone.self) {
            try await ProgressQueue.following({ _ in throw Gone() }) { tell in
                tell(ProgressMessage(status: "one"))
                let (never, _) = AsyncStream<Void>.makeStream()
                for await _ in never {}
                wasCancelled.withLock { $0 = Task.isCancelled }
            }
        }
        #expect(wasCancelled.withLock { $0 })
    }
}

/// Messages in order, from any thread.
final class MessageLog: Sendable {
    private let log = Mutex<[ProgressMessage]>([])
    var all: [ProgressMessage] { log.withLock { $0 } }
    func add(_ message: ProgressMessage) { log.withLock { $0.append(message) } }
}
