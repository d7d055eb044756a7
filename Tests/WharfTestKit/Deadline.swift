// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Waiting in tests: always for an event, and never for ever.

import Foundation

extension Duration {
    /// How much longer everything may take than on a usual machine: WHARF_TEST_TIME_SCALE, for emulated ones. 1 without it.
    private static let testScale = ProcessInfo.processInfo.environment["WHARF_TEST_TIME_SCALE"].flatMap { Int($0) } ?? 1

    /// This time on a usual machine as a limit on this one. Only for limits: how long something may take at most.
    public var scaled: Duration { self * max(1, Self.testScale) }
}

/// Runs `body`, and cancels it and throws when it takes longer than `limit`, scaled.
public func withDeadline<T: Sendable>(
    _ limit: Duration = .seconds(30), _ what: String, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit.scaled)
            throw TestFailure("\(what): not within \(limit.scaled)")
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw TestFailure(what) }
        return first
    }
}

/// Asks again until `condition` gives a value: for what the kernel or a daemon can be asked but doesn't announce.
public func eventually<T: Sendable>(
    within limit: Duration = .seconds(30), _ what: String, _ condition: @Sendable () async throws -> T?
) async throws -> T {
    let end = ContinuousClock.now + limit.scaled
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < end else { throw TestFailure("\(what): not within \(limit.scaled)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// The same for a plain question.
public func eventually(
    within limit: Duration = .seconds(30), _ what: String, _ condition: @Sendable () async throws -> Bool
) async throws {
    let _: Bool = try await eventually(within: limit, what) { try await condition() ? true : nil }
}

/// Runs blocking code on a thread of its own, so that the few cooperative threads stay free.
public func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try body() }) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}
