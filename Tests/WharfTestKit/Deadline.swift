// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Waiting in tests: always for an event, and never for ever.

import Foundation

/// Runs `body`, and cancels it and throws when it takes longer.
public func withDeadline<T: Sendable>(
    _ limit: Duration = .seconds(30), _ what: String, _ body: @escaping @Sendable () async throws -> T
) async throws -> T {
    try await withThrowingTaskGroup(of: T.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw TestFailure("\(what): not within \(limit)")
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
    let end = ContinuousClock.now + limit
    while true {
        if let value = try await condition() { return value }
        guard ContinuousClock.now < end else { throw TestFailure("\(what): not within \(limit)") }
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
