// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A clock that stands still until a test moves it, and tells the test when somebody sleeps on it.

import Synchronization
import WharfBlocking
import WharfJSON
import WharfTestKit

@testable import WharfEngine

/// Time by hand.
final class ManualClock: Clock {
    struct Instant: InstantProtocol {
        var reading: Swift.Duration
        func advanced(by duration: Swift.Duration) -> Instant { Instant(reading: reading + duration) }
        func duration(to other: Instant) -> Swift.Duration { other.reading - reading }
        static func < (left: Instant, right: Instant) -> Bool { left.reading < right.reading }
    }

    private struct Sleeper {
        let end: Instant
        let shot: OneShot<Void>
    }

    private struct State {
        var now = Instant(reading: .seconds(1000))
        var last: UInt64 = 0
        var sleepers: [UInt64: Sleeper] = [:]
        var watchers: [(reading: Swift.Duration, shot: OneShot<Void>)] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Swift.Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
        let shot = OneShot<Void>()
        let (number, watchers) = state.withLock { state in
            state.last += 1
            if deadline <= state.now { shot.deliver(.success(())) } else { state.sleepers[state.last] = Sleeper(end: deadline, shot: shot) }
            let wanted = state.watchers.filter { Self.fits(deadline.reading, $0.reading) }
            state.watchers.removeAll { Self.fits(deadline.reading, $0.reading) }
            return (state.last, wanted)
        }
        for watcher in watchers { watcher.shot.deliver(.success(())) }
        defer { state.withLock { $0.sleepers[number] = nil } }
        try await shot.value()
    }

    /// Moves on and wakes who has slept long enough.
    func advance(by duration: Swift.Duration) {
        let woken = state.withLock { state in
            state.now = state.now.advanced(by: duration)
            return state.sleepers.values.filter { $0.end <= state.now }
        }
        for sleeper in woken { sleeper.shot.deliver(.success(())) }
    }

    private static func fits(_ end: Swift.Duration, _ wanted: Swift.Duration) -> Bool { end == wanted }

    /// Waits until somebody sleeps for `rest` from now on.
    func slept(for rest: Swift.Duration) async throws {
        let shot = OneShot<Void>()
        state.withLock { state in
            let end = state.now.reading + rest
            if state.sleepers.values.contains(where: { Self.fits($0.end.reading, end) }) {
                shot.deliver(.success(()))
            } else {
                state.watchers.append((end, shot))
            }
        }
        try await withDeadline(.seconds(120), "somebody sleeps for \(rest)") { try await shot.value() }
    }

    /// Waits for a sleeper of this length, and wakes it.
    func pass(_ rest: Swift.Duration) async throws {
        try await slept(for: rest)
        advance(by: rest)
    }

    /// The engine's form.
    var engine: EngineClock {
        EngineClock(clock: self, now: { [self] in now.reading }) { moment in
            // Time by hand stands still between exit and restart, however slow the machine is; what is long ago stays so.
            let elapsed = Timestamp.now().elapsed(since: moment)
            return elapsed < .seconds(600) ? .zero : elapsed
        }
    }
}
