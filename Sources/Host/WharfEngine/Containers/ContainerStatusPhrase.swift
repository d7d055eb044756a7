// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `Up 5 minutes (Paused)`, `Exited (3) 2 hours ago`: the column STATUS, which Docker's daemon composes.

import WharfJSON

extension ContainerRunState {
    /// The state for people.
    ///
    /// - Parameter health: `healthy`, `unhealthy`, `health: starting`; empty for a container without probes.
    func phrase(now: Timestamp, health: String = "") -> String {
        switch self {
        case .created: return "Created"
        case .running(let running):
            let age = Self.age(now.elapsed(since: running.startedAt))
            if running.isPaused { return "Up \(age) (Paused)" }
            return health.isEmpty ? "Up \(age)" : "Up \(age) (\(health))"
        case .restarting(let exited):
            return "Restarting (\(exited.exitCode)) \(Self.age(now.elapsed(since: exited.finishedAt))) ago"
        case .exited(let exited):
            return "Exited (\(exited.exitCode)) \(Self.age(now.elapsed(since: exited.finishedAt))) ago"
        case .removing: return "Removal In Progress"
        case .dead: return "Dead"
        }
    }

    /// A duration in one rough unit, as Docker's tools say it.
    static func age(_ duration: Duration) -> String {
        let seconds = max(0, duration.components.seconds)
        if seconds < 1 { return "Less than a second" }
        if seconds == 1 { return "1 second" }
        if seconds < 60 { return "\(seconds) seconds" }
        let minutes = seconds / 60
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        // Rounded, as Docker does.
        let hours = (seconds + 1800) / 3600
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }
}
