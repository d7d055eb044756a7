// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Trying again: how often, and how long to wait before.

/// Counts the attempts of one piece of work.
struct Attempts: Sendable {
    private let policy: RetryPolicy
    private var failed = 0

    init(_ policy: RetryPolicy) { self.policy = policy }

    /// Something worth keeping was reached: what failed before does not count any more.
    mutating func succeeded() { failed = 0 }

    /// How long to wait before the next attempt; nil when there is none left, or the problem will not go away.
    mutating func delay(after problem: RegistryProblem) -> Duration? {
        failed += 1
        guard problem.isWorthRetrying, failed < policy.attempts else { return nil }
        if problem.kind == .again { return .zero }
        var delay = min(policy.firstDelay * (1 << min(failed - 1, 16)), policy.longestDelay)
        // Half of it is drawn, so that many clients of a registry that comes back don't come at once.
        delay = delay / 2 + delay * Double.random(in: 0...0.5)
        if let wanted = problem.retryAfter { delay = max(delay, min(wanted, policy.longestRetryAfter)) }
        return delay
    }
}

/// Runs `body` until it succeeds or trying again is in vain.
func retrying<T>(
    _ policy: RetryPolicy, _ onRetry: @Sendable (Duration, RegistryProblem) -> Void, _ body: () async throws(RegistryProblem) -> T
) async throws(RegistryProblem) -> T {
    var attempts = Attempts(policy)
    while true {
        do {
            return try await body()
        } catch {
            guard let delay = attempts.delay(after: error) else { throw error }
            try await pause(delay, before: { onRetry(delay, error) })
        }
    }
}

/// Waits before another attempt. Throws `cancelled`.
func pause(_ delay: Duration, before: () -> Void) async throws(RegistryProblem) {
    before()
    do {
        try await ContinuousClock().sleep(for: delay)
    } catch {
        throw RegistryProblem(.cancelled, "cancelled")
    }
}
