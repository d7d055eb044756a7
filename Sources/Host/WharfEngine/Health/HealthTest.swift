// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is probed, how often and with how much patience: the record's Healthcheck with Docker's defaults filled in. Pure.

import WharfDockerAPI

/// A health check that is to be carried out.
struct HealthTest: Sendable, Equatable {
    /// The program and its arguments.
    let command: [String]
    let interval: Duration
    let timeout: Duration
    /// Failures in this time after the start don't count.
    let startPeriod: Duration
    /// The interval during that time, until the first success.
    let startInterval: Duration
    /// This many failures in a row make it unhealthy.
    let retries: Int

    /// nil where nothing is to be probed: no check, or `NONE`.
    init?(_ config: ContainerConfig) {
        guard let health = config.healthcheck, let words = health.test, let kind = words.first else { return nil }
        switch kind {
        case "CMD": command = Array(words.dropFirst())
        case "CMD-SHELL":
            let shell = config.shell ?? []
            command = (shell.isEmpty ? ["/bin/sh", "-c"] : shell) + words.dropFirst()
        default: return nil
        }
        guard !command.isEmpty else { return nil }
        interval = Self.duration(health.interval, .seconds(30))
        timeout = Self.duration(health.timeout, .seconds(30))
        startPeriod = Self.duration(health.startPeriod, .zero)
        startInterval = Self.duration(health.startInterval, .seconds(5))
        retries = health.retries > 0 ? health.retries : 3
    }

    private static func duration(_ nanoseconds: Int64, _ standard: Duration) -> Duration {
        nanoseconds == 0 ? standard : .nanoseconds(nanoseconds)
    }

    /// The wait before the next probe.
    ///
    /// - Parameter age: how long the container has run.
    func wait(status: String, age: Duration) -> Duration {
        age < startPeriod && status == Health.starting ? startInterval : interval
    }
}

extension Health {
    static let starting = "starting"
    static let healthy = "healthy"
    static let unhealthy = "unhealthy"
    /// How many results are kept.
    static let keptResults = 5

    /// A run begins; what earlier runs' probes said stays in the log.
    static func beginning(after earlier: Health?) -> Health { Health(status: starting, log: earlier?.log ?? []) }

    /// Takes a result in (moby, daemon/health.go, handleProbeResult).
    ///
    /// - Parameter age: how long the container had run when the probe began.
    /// - Returns: whether the status has changed.
    mutating func take(_ result: HealthcheckResult, age: Duration, _ test: HealthTest) -> Bool {
        let before = status
        log = (log ?? []).suffix(Self.keptResults - 1) + [result]
        if result.exitCode == 0 {
            failingStreak = 0
            status = Self.healthy
        } else if status != Self.starting || age >= test.startPeriod {
            failingStreak += 1
            if failingStreak >= test.retries { status = Self.unhealthy }
        }
        return status != before
    }
}

extension ContainerRecord {
    /// For the column STATUS.
    var healthPhrase: String {
        guard let health else { return "" }
        return health.status == Health.starting ? "health: starting" : health.status
    }
}
