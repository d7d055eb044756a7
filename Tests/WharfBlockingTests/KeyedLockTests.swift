// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Order per id, independence between ids, deadlines and cancellation of those who wait.

import Testing
import WharfBlocking
import WharfError
import WharfTestKit

@Suite struct KeyedLockTests {
    @Test func oneAtATimePerKeyInOrder() async throws {
        let lock = KeyedLock("container")
        let log = Log()
        let gate = ByteBridge()
        async let first: Void = lock.withKey("a") {
            log.add("first in")
            _ = try await gate.next()
            log.add("first out")
        }
        try await eventually("the key is taken") { lock.isHeld("a") }
        async let second: Void = lock.withKey("a") { log.add("second") }
        // Another key doesn't wait.
        try await lock.withKey("b") { log.add("other") }
        gate.finish()
        _ = try await (first, second)
        #expect(log.entries == ["first in", "other", "first out", "second"])
        #expect(!lock.isHeld("a"))
    }

    @Test func waitingEndsAtTheDeadlineAndTheKeyGoesOn() async throws {
        let lock = KeyedLock("container")
        let gate = ByteBridge()
        async let holder: Void = lock.withKey("a") { _ = try await gate.next() }
        try await eventually("the key is taken") { lock.isHeld("a") }
        let error = await #expect(throws: WharfError.self) { try await lock.withKey("a", deadline: .milliseconds(20)) {} }
        #expect(error?.code == .deadlineExceeded)
        gate.finish()
        try await holder
        // The one that gave up holds nothing.
        #expect(try await lock.withKey("a", deadline: .seconds(10)) { 1 } == 1)
    }

    @Test func aCancelledWaiterLeavesTheQueue() async throws {
        let lock = KeyedLock("container")
        let gate = ByteBridge()
        async let holder: Void = lock.withKey("a") { _ = try await gate.next() }
        try await eventually("the key is taken") { lock.isHeld("a") }
        let waiter = Task { try await lock.withKey("a") {} }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        gate.finish()
        try await holder
        #expect(try await lock.withKey("a", deadline: .seconds(10)) { 1 } == 1)
    }

    @Test func anErrorInsideGivesTheKeyBack() async throws {
        let lock = KeyedLock("container")
        await #expect(throws: WharfError.self) { try await lock.withKey("a") { throw WharfError(.internal, "x") } }
        #expect(!lock.isHeld("a"))
    }
}
