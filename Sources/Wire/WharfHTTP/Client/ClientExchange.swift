// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One request and its answer on one connection: the pipeline behind the socket, and what it tells the waiting task.

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import WharfError
import WharfLinux

/// Joins the task that waits for an answer with the handler on the event loop that sees it.
final class ClientExchange: Sendable {
    private enum State {
        case waiting(CheckedContinuation<HTTPHijackResult, any Error>?)
        case answered(Result<HTTPHijackResult, any Error>)
        case done
    }

    private let state = Mutex(State.waiting(nil))
    private let sendingError = Mutex<(any Error)?>(nil)
    private let hijack: Bool
    private let limits: HTTPLimits

    init(hijack: Bool, limits: HTTPLimits) {
        self.hijack = hijack
        self.limits = limits
    }

    /// Builds the pipeline: gate, encoder, parser, handler.
    func install(on channel: any Channel) throws {
        let gate = GateHandler()
        let decoder = HTTPResponseDecoder(limitConfiguration: limits.decoder)
        let handler = ClientHandler(gate: gate, exchange: self, hijack: hijack)
        try channel.pipeline.syncOperations.addHandlers([gate, HTTPRequestEncoder(), ByteToMessageHandler(decoder), handler])
    }

    /// Waits for the answer's head.
    func answer() async throws -> HTTPHijackResult {
        try await withCheckedThrowingContinuation { continuation in
            let ready = state.withLock { state -> Result<HTTPHijackResult, any Error>? in
                if case .answered(let result) = state {
                    state = .done
                    return result
                }
                state = .waiting(continuation)
                return nil
            }
            if let ready { continuation.resume(with: ready) }
        }
    }

    /// Tells the answer. Returns false when the task has already got one (it went away meanwhile).
    @discardableResult
    func complete(_ result: Result<HTTPHijackResult, any Error>) -> Bool {
        let (waiter, first) = state.withLock { state -> (CheckedContinuation<HTTPHijackResult, any Error>?, Bool) in
            guard case .waiting(let waiter) = state else { return (nil, false) }
            state = waiter == nil ? .answered(result) : .done
            return (waiter, true)
        }
        waiter?.resume(with: result)
        return first
    }

    func fail(_ error: any Error) { complete(.failure(error)) }

    /// The request's body could not be sent; told instead of a bare broken connection.
    func sendingFailed(_ error: any Error) { sendingError.withLock { $0 = $0 ?? error } }

    /// What to say when the connection ended early.
    func brokenConnection(_ error: (any Error)?) -> any Error {
        let cause = sendingError.withLock { $0 }
        if let cause, !(cause is ChannelError), !(cause is IOError) { return cause }
        let text = error.map { "\($0)" } ?? "connection closed by the server"
        return WharfError(.unavailable, "the answer broke off: \(text)", cause: error ?? cause)
    }
}
