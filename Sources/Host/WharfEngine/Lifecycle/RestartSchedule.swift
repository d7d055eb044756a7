// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The restarts that wait for their time, and the moment from which on policies act at all.

import Synchronization
import WharfBlocking

/// Alarms by container id.
final class RestartSchedule: Sendable {
    private struct Tables {
        var alarms: [String: Alarm] = [:]
        /// Policies act: the daemon has found its containers again and is not on its way out.
        var isOpen = true
    }

    private let tables = Mutex(Tables())

    /// Begins to take alarms.
    func open() { tables.withLock { $0.isOpen = true } }

    /// Ends all of it: nothing is started any more.
    func close() {
        let alarms = tables.withLock { tables in
            tables.isOpen = false
            defer { tables.alarms = [:] }
            return tables.alarms
        }
        for alarm in alarms.values { alarm.cancel() }
    }

    var isOpen: Bool { tables.withLock { $0.isOpen } }

    /// Sets an alarm in the place of an earlier one. - Returns: false while policies don't act.
    @discardableResult
    func set(_ id: String, after delay: Duration, on clock: EngineClock, _ ring: @escaping @Sendable () -> Void) -> Bool {
        tables.withLock { tables in
            guard tables.isOpen else { return false }
            tables.alarms[id]?.cancel()
            tables.alarms[id] = Alarm(after: delay, clock: clock.clock, ring)
            return true
        }
    }

    /// Takes an alarm back, or forgets one that has rung.
    func cancel(_ id: String) {
        let alarm = tables.withLock { $0.alarms.removeValue(forKey: id) }
        alarm?.cancel()
    }
}
