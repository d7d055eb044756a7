// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The two lanes: results and errors come back, a hung key hurts nobody else, an allowance is given back.

import Synchronization
import Testing
import WharfBlocking
import WharfError
import WharfTestKit

@Suite struct BlockingTests {
    private struct Broken: Error {}

    @Test func ownGivesResultsAndErrors() async throws {
        let blocking = Blocking(ownThreads: 2)
        #expect(try await blocking.own { 42 } == 42)
        await #expect(throws: Broken.self) { try await blocking.own { throw Broken() } }
        await blocking.shutdown()
        await #expect(throws: (any Error).self) { try await blocking.own { 1 } }
    }

    @Test func aHungKeyHitsItsDeadlineAndLeavesOthersAlone() async throws {
        let blocking = Blocking(ownThreads: 1, foreignPerKey: 2)
        let gate = ByteBridge()
        for _ in 0..<2 {
            await #expect(throws: WharfError.self) {
                try await blocking.foreign(key: "hung", deadline: .milliseconds(50)) { _ = try gate.read() }
            }
        }
        // Both places are taken by threads that still hang.
        let refused = await #expect(throws: WharfError.self) { try await blocking.foreign(key: "hung", deadline: .milliseconds(50)) {} }
        #expect(refused?.code == .unavailable || refused?.code == .deadlineExceeded)
        #expect(try await blocking.foreign(key: "other") { "fine" } == "fine")
        gate.finish()
        // The threads ended: the key has room again.
        #expect(try await blocking.foreign(key: "hung", deadline: .seconds(20)) { "again" } == "again")
    }

    @Test func namespaceThreadEntersFirst() async throws {
        let order = Log()
        let result = try await NamespaceThread.run(enter: { order.add("enter") }) {
            order.add("work")
            return 7
        }
        #expect(result == 7)
        #expect(order.entries == ["enter", "work"])
        await #expect(throws: Broken.self) { try await NamespaceThread.run(enter: { throw Broken() }) { 1 } }
    }

    @Test func theWatchdogReportsSilenceOnceAndAnswersNever() async throws {
        let (silence, questions, reports) = (Counter(), Counter(), Counter())
        let stuck = Watchdog(limit: .milliseconds(20), interval: .milliseconds(2)) { _ in silence.add() }
        try stuck.start { reports.add() }
        let fine = Watchdog(limit: .milliseconds(20), interval: .milliseconds(2)) { answer in
            questions.add()
            answer()
        }
        try fine.start { Issue.record("an answered question was reported") }
        try await eventually("the report") { reports.count == 1 }
        try await eventually("many answers") { questions.count > 50 }
        stuck.stop()
        fine.stop()
        #expect(reports.count == 1)
        #expect(silence.count == 1)
    }
}

/// A counter that closures of other threads may touch.
final class Counter: Sendable {
    private let number = Mutex(0)
    var count: Int { number.withLock { $0 } }
    func add() { number.withLock { $0 += 1 } }
}

/// Notes in order, from any thread.
final class Log: Sendable {
    private let notes = Mutex<[String]>([])
    var entries: [String] { notes.withLock { $0 } }
    func add(_ note: String) { notes.withLock { $0.append(note) } }
}
