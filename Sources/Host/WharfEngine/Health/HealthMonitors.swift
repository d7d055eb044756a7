// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who probes which container now. A container without a health check is not in here and costs nothing.

import Synchronization
import WharfBlocking

/// The probing tasks by container id.
final class HealthMonitors: Sendable {
    private struct Monitor {
        let ticket: UInt64
        let task: Task<Void, Never>
    }

    private struct Tables {
        var monitors: [String: Monitor] = [:]
        var lastTicket: UInt64 = 0
        /// Who waits for the first verdict.
        var waiting: [String: [OneShot<Void>]] = [:]
    }

    private let tables = Mutex(Tables())

    /// Begins to probe, in the place of an earlier monitor.
    func start(_ id: String, _ work: @escaping @Sendable (_ ticket: UInt64) async -> Void) {
        let earlier = tables.withLock { tables in
            tables.lastTicket += 1
            let ticket = tables.lastTicket
            let earlier = tables.monitors[id]
            tables.monitors[id] = Monitor(ticket: ticket, task: Task { await work(ticket) })
            return earlier
        }
        earlier?.task.cancel()
    }

    /// Ends the probing; a result that comes later is of no interest. - Returns: whether there was any.
    @discardableResult
    func stop(_ id: String) -> Bool {
        let monitor = tables.withLock { $0.monitors.removeValue(forKey: id) }
        monitor?.task.cancel()
        tell(id)
        return monitor != nil
    }

    /// The status has changed, or nobody probes any more.
    func tell(_ id: String) {
        let waiting = tables.withLock { $0.waiting.removeValue(forKey: id) ?? [] }
        for waiter in waiting { waiter.deliver(.success(())) }
    }

    /// Waits for the next change while `isOpen`, at most `limit`.
    func settled(_ id: String, within limit: Duration, while isOpen: @Sendable () -> Bool) async {
        let change = OneShot<Void>()
        tables.withLock { $0.waiting[id, default: []].append(change) }
        // Looked at behind the registration, so that no change falls between.
        guard isOpen() else { return }
        let alarm = Alarm(after: limit) { change.deliver(.success(())) }
        // Nothing but success is delivered.
        try? await change.value(cancellable: false)
        alarm.cancel()
    }

    /// Whether this is still the monitor of the container.
    func isCurrent(_ id: String, _ ticket: UInt64) -> Bool { tables.withLock { $0.monitors[id]?.ticket == ticket } }
}
