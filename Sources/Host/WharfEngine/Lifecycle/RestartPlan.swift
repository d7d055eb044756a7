// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Whether and when a container that has ended is started again: Docker's restart manager as a value (moby,
// daemon/internal/restartmanager). Pure.
//
//     100 ms, 200 ms, 400 ms … one minute; from the start again after a run of ten seconds

import WharfDockerAPI

/// What a restart policy knows about one container.
struct RestartPlan: Sendable, Equatable {
    /// The first wait.
    static let shortestDelay = Duration.milliseconds(100)
    static let longestDelay = Duration.seconds(60)
    /// A run of this length counts as a good one.
    static let goodRun = Duration.seconds(10)

    var policy = RestartPolicy(name: "no")
    /// How often it has acted since a person started the container.
    var count = 0
    /// How long it waited last; zero before the first time.
    var delay = Duration.zero
    /// A person ended this run.
    var isCancelled = false
    /// A person sent it a signal, whatever became of that.
    var wasStoppedByHand = false

    init() {}

    init(_ record: ContainerRecord) {
        policy = record.hostConfig.restartPolicy
        count = record.restartCount
        delay = record.restartDelay
        isCancelled = record.exitsForGood
        wasStoppedByHand = record.wasStoppedByHand
    }

    /// The run is over: how long to wait before the next one, nil for none.
    mutating func next(afterExit code: Int32, ran: Duration) -> Duration? {
        guard policy.isAny, !isCancelled else { return nil }
        if ran >= Self.goodRun { delay = .zero }
        delay = delay == .zero ? Self.shortestDelay : min(delay * 2, Self.longestDelay)
        guard wants(afterExit: code) else { return nil }
        count += 1
        return delay
    }

    /// A daemon has come up and finds the container ended: whether it starts it. As in Docker `always` does so whoever ended
    /// it before.
    func startsWithDaemon(afterExit code: Int32) -> Bool { wants(afterExit: code) }

    private func wants(afterExit code: Int32) -> Bool {
        switch policy.name {
        case "always": true
        case "unless-stopped": !wasStoppedByHand
        case "on-failure": code != 0 && (policy.maximumRetryCount == 0 || count < policy.maximumRetryCount)
        default: false
        }
    }
}

extension RestartPolicy {
    /// Not `no`.
    var isAny: Bool { !name.isEmpty && name != "no" }
}
