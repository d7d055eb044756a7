// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How many blobs travel at once, over all pulls and pushes of the daemon. Places are given in order of arrival.

import Synchronization
import WharfBlocking

/// A limited number of places for async work.
final class TransferSlots: Sendable {
    private struct State {
        var free: Int
        var waiting: [OneShot<Void>] = []
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: max(1, count))) }

    /// Runs `body` in a place of its own.
    ///
    /// - Parameter mustWait: called when no place is free.
    /// - Throws: `CancellationError` when cancelled while waiting.
    func withSlot<Result>(mustWait: () -> Void = {}, _ body: () async throws -> Result) async throws -> Result {
        let ticket = state.withLock { state -> OneShot<Void>? in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            let ticket = OneShot<Void>()
            state.waiting.append(ticket)
            return ticket
        }
        if let ticket {
            mustWait()
            try await ticket.value()
        }
        defer { leave() }
        return try await body()
    }

    private func leave() {
        while true {
            let next = state.withLock { state -> OneShot<Void>? in
                guard !state.waiting.isEmpty else {
                    state.free += 1
                    return nil
                }
                return state.waiting.removeFirst()
            }
            guard let next else { return }
            // One that was cancelled took its delivery already: the place goes to the one behind it.
            if next.deliver(.success(())) { return }
        }
    }
}
