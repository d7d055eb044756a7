// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A verb that makes several things in order: each step says how to undo it, and a failure or a cancellation unwinds what
// was done, last first. This is what lets ContainerStart.swift read as a table of contents.

import Synchronization
import WharfError

/// The steps done so far by one verb, with their undos.
public final class Steps: Sendable {
    private struct Done {
        let name: String
        let undo: @Sendable () async throws -> Void
    }
    private let done = Mutex<[Done]>([])

    private init() {}

    /// Runs a verb made of steps. When it throws, the undos run in reverse order, each to its end even when the caller is
    /// cancelled, and the first error is thrown on.
    ///
    /// - Parameter undoFailed: told of an undo that threw; the others still run.
    public static func run<Result>(
        isolation: isolated (any Actor)? = #isolation,
        undoFailed: @escaping @Sendable (_ step: String, _ error: any Error) -> Void,
        _ body: (Steps) async throws -> Result
    ) async throws -> Result {
        let steps = Steps()
        do {
            return try await body(steps)
        } catch {
            // A task of its own: the caller's cancellation must not reach the undos.
            await Task { await steps.unwind(undoFailed) }.value
            throw error
        }
    }

    /// One step. Its undo is kept only when the action succeeded; an action that fails cleans up its own half.
    ///
    /// - Throws: what the action throws; `cancelled` before the action when the caller was cancelled.
    public func step<Result: Sendable>(
        _ name: String, isolation: isolated (any Actor)? = #isolation, _ action: () async throws -> Result,
        undo: @escaping @Sendable (Result) async throws -> Void
    ) async throws -> Result {
        if Task.isCancelled { throw WharfError(.cancelled, "\(name): cancelled") }
        let result = try await action()
        done.withLock { $0.append(Done(name: name) { try await undo(result) }) }
        return result
    }

    /// One step that leaves nothing to undo.
    public func step<Result>(
        _ name: String, isolation: isolated (any Actor)? = #isolation, _ action: () async throws -> Result
    ) async throws -> Result {
        if Task.isCancelled { throw WharfError(.cancelled, "\(name): cancelled") }
        return try await action()
    }

    private func unwind(_ undoFailed: @Sendable (String, any Error) -> Void) async {
        while let last = done.withLock({ $0.popLast() }) {
            do { try await last.undo() } catch { undoFailed(last.name, error) }
        }
    }
}
