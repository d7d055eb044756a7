// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One result for many: what several pulls wait for when they share a download.

import Synchronization
import WharfBlocking

/// A result that is delivered once and that any number of tasks wait for.
final class Latch<Value: Sendable>: Sendable {
    private struct State {
        var result: Result<Value, any Error>?
        var waiting: [OneShot<Value>] = []
    }
    private let state = Mutex(State())

    /// What was delivered, nil until then.
    var result: Result<Value, any Error>? { state.withLock { $0.result } }

    /// Delivers; later deliveries are ignored.
    func deliver(_ result: Result<Value, any Error>) {
        let waiting = state.withLock { state -> [OneShot<Value>] in
            guard state.result == nil else { return [] }
            state.result = result
            defer { state.waiting = [] }
            return state.waiting
        }
        for ticket in waiting { ticket.deliver(result) }
    }

    /// Waits. - Throws: the delivered error, or `CancellationError` when the caller is cancelled first.
    func value(cancellable: Bool = true) async throws -> Value {
        let (result, ticket) = state.withLock { state -> (Result<Value, any Error>?, OneShot<Value>) in
            let ticket = OneShot<Value>()
            if state.result == nil { state.waiting.append(ticket) }
            return (state.result, ticket)
        }
        if let result { return try result.get() }
        return try await ticket.value(cancellable: cancellable)
    }
}
