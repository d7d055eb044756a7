// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A continuation that several parties may try to resume: the work itself, a deadline, a cancellation. The first wins.

import Synchronization

/// The result of work on another thread, delivered once; later deliveries are ignored and reported as such.
public final class OneShot<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case delivered(Result<Value, any Error>)
        case taken
    }
    private let state = Mutex(State.empty)

    public init() {}

    /// Delivers, before or after somebody waits. - Returns: whether this delivery was the first.
    @discardableResult
    public func deliver(_ result: Result<Value, any Error>) -> Bool {
        let (first, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .empty:
                state = .delivered(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .taken
                return (true, continuation)
            case .delivered, .taken:
                return (false, nil)
            }
        }
        waiter?.resume(with: result)
        return first
    }

    /// Waits for the delivery. Only one caller may wait.
    ///
    /// Cancellation of the caller delivers `CancellationError` when `cancellable`; the work goes on unobserved.
    public func value(cancellable: Bool = true) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ready = state.withLock { state -> Result<Value, any Error>? in
                    switch state {
                    case .delivered(let result):
                        state = .taken
                        return result
                    case .empty:
                        state = .waiting(continuation)
                        return nil
                    case .waiting, .taken:
                        return .failure(CancellationError())
                    }
                }
                if let ready { continuation.resume(with: ready) }
            }
        } onCancel: {
            if cancellable { deliver(.failure(CancellationError())) }
        }
    }
}
