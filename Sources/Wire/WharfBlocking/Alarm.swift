// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A deadline that can be taken back: the one timer of this target. Everything that waits with a limit (a key, a foreign
// file system, a shim's reply) sets one and cancels it when the answer came first.

import WharfError

/// Rings once, after a duration on the monotonic clock, unless it is cancelled first.
public final class Alarm: Sendable {
    private let task: Task<Void, Never>

    /// - Parameters:
    ///   - duration: measured on a clock that wall time changes don't move.
    ///   - ring: called on a cooperative thread; it must not block.
    public init(after duration: Duration, clock: any Clock<Duration> = ContinuousClock(), _ ring: @escaping @Sendable () -> Void) {
        task = Task {
            do { try await clock.sleep(for: duration) } catch { return }
            ring()
        }
    }

    /// Takes the alarm back. It may still ring when it was about to.
    public func cancel() { task.cancel() }
}

/// Runs cancellable work with a limit.
///
/// - Throws: `deadlineExceeded` with `what` when the time is over (the work is cancelled and awaited), else what the work throws.
public func withDeadline<Result: Sendable>(
    _ duration: Duration, _ what: @autoclosure @escaping @Sendable () -> String, clock: any Clock<Duration> = ContinuousClock(),
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await clock.sleep(for: duration)
            throw WharfError(.deadlineExceeded, "\(what()): no answer within \(duration)")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw WharfError(.internal, "\(what()): no result") }
        return first
    }
}
