// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The allowance of the foreign lane: how many calls one mount may have in flight, and who waits for a place.

import Synchronization
import WharfError

/// Counts calls per key and lets the others wait in order.
final class ForeignLanes: Sendable {
    private struct Lane {
        var running = 0
        var waiting: [OneShot<Void>] = []
    }
    private let perKey: Int
    private let lanes = Mutex<[String: Lane]>([:])

    init(perKey: Int) { self.perKey = perKey }

    /// Takes a place of `key`, waiting for one. - Throws: `unavailable` at the deadline, `CancellationError`.
    func enter(_ key: String, deadline: Duration) async throws {
        let ticket = lanes.withLock { lanes -> OneShot<Void>? in
            if lanes[key, default: Lane()].running < perKey {
                lanes[key, default: Lane()].running += 1
                return nil
            }
            let ticket = OneShot<Void>()
            lanes[key, default: Lane()].waiting.append(ticket)
            return ticket
        }
        guard let ticket else { return }
        let alarm = Alarm(after: deadline) {
            ticket.deliver(.failure(WharfError(.unavailable, "\(key): \(self.perKey) calls hang there already")))
        }
        defer { alarm.cancel() }
        try await ticket.value()
    }

    /// Gives a place back: to the first waiter that is still there, else to the key's allowance.
    func leave(_ key: String) {
        while true {
            let next = lanes.withLock { lanes -> OneShot<Void>? in
                guard var lane = lanes[key] else { return nil }
                if lane.waiting.isEmpty {
                    lane.running -= 1
                    lanes[key] = lane.running == 0 ? nil : lane
                    return nil
                }
                let ticket = lane.waiting.removeFirst()
                lanes[key] = lane
                return ticket
            }
            guard let next else { return }
            if next.deliver(.success(())) { return }
        }
    }
}
