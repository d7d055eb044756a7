// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A verb's steps: nothing is undone on success, everything in reverse on failure and on cancellation.

import Testing
import WharfBlocking
import WharfError
import WharfTestKit

@Suite struct StepsTests {
    private struct Broken: Error {}

    private func verb(_ log: Log, failing: Bool, waiting gate: ByteBridge? = nil, brokenUndo: Bool = false) async throws -> Int {
        try await Steps.run(undoFailed: { step, _ in log.add("undo of \(step) failed") }) { steps in
            let one = try await steps.step("one") {
                log.add("one")
                return 1
            } undo: {
                log.add("undo one \($0) \(Task.isCancelled)")
            }
            try await steps.step("two") {
                log.add("two")
            } undo: {
                log.add("undo two")
                if brokenUndo { throw Broken() }
            }
            if let gate { try await steps.step("three") { _ = try await gate.next() } }
            if failing { throw Broken() }
            return one
        }
    }

    @Test func successUndoesNothing() async throws {
        let log = Log()
        #expect(try await verb(log, failing: false) == 1)
        #expect(log.entries == ["one", "two"])
    }

    @Test func failureUnwindsInReverse() async throws {
        let log = Log()
        await #expect(throws: Broken.self) { try await verb(log, failing: true) }
        #expect(log.entries == ["one", "two", "undo two", "undo one 1 false"])
    }

    @Test func aBrokenUndoDoesNotStopTheOthers() async throws {
        let log = Log()
        await #expect(throws: Broken.self) { try await verb(log, failing: true, brokenUndo: true) }
        #expect(log.entries == ["one", "two", "undo two", "undo of two failed", "undo one 1 false"])
    }

    @Test func cancellationUnwindsWithUndosThatAreNotCancelled() async throws {
        let log = Log()
        let gate = ByteBridge()
        let task = Task { try await verb(log, failing: false, waiting: gate) }
        try await eventually("the second step") { log.entries.count == 2 }
        task.cancel()
        await #expect(throws: (any Error).self) { try await task.value }
        #expect(log.entries == ["one", "two", "undo two", "undo one 1 false"])
    }
}
