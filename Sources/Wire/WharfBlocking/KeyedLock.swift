// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Order per object id: mutating verbs of one container stand in one queue, and no verb ever waits for another container's.
// Slow work (pull, unpack) happens before the key is taken; kill, inspect, list, logs, wait and attach take none.

import Synchronization
import WharfError

/// A lock for each id, taken by async code, granted in order of arrival.
public final class KeyedLock: Sendable {
    private struct Queue {
        var waiting: [OneShot<Void>] = []
    }
    private let noun: String
    private let held = Mutex<[String: Queue]>([:])

    /// - Parameter noun: for messages: `container`.
    public init(_ noun: String) { self.noun = noun }

    /// Runs `body` while `id` is held.
    ///
    /// - Parameter deadline: how long to wait for the key (not for the body); nil waits as long as the caller is not cancelled.
    /// - Throws: `deadlineExceeded` when the key did not come free in time, `CancellationError` when cancelled while waiting.
    public func withKey<Result>(
        _ id: String, deadline: Duration? = nil, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        try await acquire(id, deadline: deadline)
        defer { release(id) }
        return try await body()
    }

    /// Whether somebody holds `id` now, for diagnostics.
    public func isHeld(_ id: String) -> Bool { held.withLock { $0[id] != nil } }

    private func acquire(_ id: String, deadline: Duration?) async throws {
        let ticket = held.withLock { held -> OneShot<Void>? in
            guard held[id] != nil else {
                held[id] = Queue()
                return nil
            }
            let ticket = OneShot<Void>()
            held[id]?.waiting.append(ticket)
            return ticket
        }
        guard let ticket else { return }
        let alarm = deadline.map { deadline in
            Alarm(after: deadline) { [noun] in
                ticket.deliver(
                    .failure(WharfError(.deadlineExceeded, "\(noun) \(id) is busy: another operation did not end within \(deadline)")))
            }
        }
        defer { alarm?.cancel() }
        try await ticket.value()
    }

    private func release(_ id: String) {
        while true {
            let next = held.withLock { held -> OneShot<Void>? in
                guard let queue = held[id], !queue.waiting.isEmpty else {
                    held[id] = nil
                    return nil
                }
                return held[id]?.waiting.removeFirst()
            }
            guard let next else { return }
            // A waiter that gave up has taken its delivery already: try the one behind it.
            if next.deliver(.success(())) { return }
        }
    }
}
