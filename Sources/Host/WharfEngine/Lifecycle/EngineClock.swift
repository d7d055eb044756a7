// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The clock of whatever the engine does by itself: back-off of restarts, health probes. Monotonic, and counting while the
// machine sleeps; wall time is for display. Tests bring one that they move.

import WharfJSON

/// A monotonic reading, and sleep on the same clock.
public struct EngineClock: Sendable {
    /// The time since some moment that stays the same.
    let now: @Sendable () -> Duration
    /// Alarms and sleeps run on this one.
    let clock: any Clock<Duration>
    /// How long ago something on record was, by the wall clock: for what happened while no daemon was there.
    let elapsed: @Sendable (Timestamp) -> Duration

    /// - Parameters:
    ///   - clock: what is slept on.
    ///   - now: its reading.
    ///   - elapsed: how long ago a moment was.
    init(
        clock: any Clock<Duration>, now: @escaping @Sendable () -> Duration,
        elapsed: @escaping @Sendable (Timestamp) -> Duration = { Timestamp.now().elapsed(since: $0) }
    ) {
        self.clock = clock
        self.now = now
        self.elapsed = elapsed
    }

    private static let origin = ContinuousClock.now

    /// The kernel's.
    public static let system = EngineClock(clock: ContinuousClock()) { origin.duration(to: .now) }

    /// - Throws: `CancellationError`.
    func sleep(for duration: Duration) async throws { try await clock.sleep(for: duration) }
}

extension Duration {
    /// Clamped to what 64 bits hold.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }
}
