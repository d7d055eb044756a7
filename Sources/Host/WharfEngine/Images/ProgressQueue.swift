// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Progress messages between the threads that work and the client that reads. News must not wait for a slow client, and a
// slow client must not fill the memory: what a layer's newest number makes out of date is replaced while it waits, and each
// layer's numbers come at most ten times a second.

import Synchronization
import WharfDockerAPI

/// A queue with one reader. Numbers of one layer and step are kept once; everything else is kept in order.
final class ProgressQueue: Sendable {
    private struct State {
        var waiting: [ProgressMessage] = []
        var head = 0
        /// Positions in `waiting` of numbers that may be replaced, by layer.
        var numbers: [String: (position: Int, status: String)] = [:]
        var lastShown: [String: (status: String, time: ContinuousClock.Instant)] = [:]
        var reader: CheckedContinuation<ProgressMessage?, Never>?
        var isFinished = false
    }

    private let state = Mutex(State())
    private let interval: Duration

    /// - Parameter interval: the shortest time between two numbers of one layer.
    init(interval: Duration = .milliseconds(100)) { self.interval = interval }

    /// Puts a message behind the others. Never waits.
    func put(_ message: ProgressMessage) {
        let reader = state.withLock { state -> (CheckedContinuation<ProgressMessage?, Never>, ProgressMessage)? in
            guard !state.isFinished, let message = admit(message, &state) else { return nil }
            if let reader = state.reader {
                state.reader = nil
                return (reader, message)
            }
            let isNumber = message.progressDetail.map { $0.total > 0 || $0.current > 0 } ?? false
            if isNumber, let last = state.numbers[message.id], last.status == message.status {
                state.waiting[last.position] = message
                return nil
            }
            state.numbers[message.id] = isNumber ? (state.waiting.count, message.status) : nil
            state.waiting.append(message)
            return nil
        }
        if let (reader, message) = reader { reader.resume(returning: message) }
    }

    /// Drops numbers that come too fast; first and last ones always pass.
    private func admit(_ message: ProgressMessage, _ state: inout State) -> ProgressMessage? {
        guard let detail = message.progressDetail, detail.current > 0, detail.current < detail.total || detail.total <= 0 else {
            return message
        }
        let now = ContinuousClock.now
        if let last = state.lastShown[message.id], last.status == message.status, last.time.duration(to: now) < interval { return nil }
        state.lastShown[message.id] = (message.status, now)
        return message
    }

    /// No more messages.
    func finish() {
        let reader = state.withLock { state in
            state.isFinished = true
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(returning: nil)
    }

    /// The next message; nil behind the last one.
    func next() async -> ProgressMessage? {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> ProgressMessage?? in
                if state.head < state.waiting.count {
                    let message = state.waiting[state.head]
                    if let number = state.numbers[message.id], number.position == state.head { state.numbers[message.id] = nil }
                    state.head += 1
                    if state.head == state.waiting.count {
                        state.waiting.removeAll(keepingCapacity: true)
                        state.head = 0
                        state.numbers = [:]
                    }
                    return .some(message)
                }
                if state.isFinished { return .some(nil) }
                state.reader = continuation
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Runs a verb of the store and writes its news as they come, at the client's pace.
    ///
    /// A client that is gone ends the writing, and with it the verb.
    static func following<Result: Sendable>(
        _ write: @Sendable (ProgressMessage) async throws -> Void,
        _ verb: @escaping @Sendable (_ tell: @escaping @Sendable (ProgressMessage) -> Void) async throws -> Result
    ) async throws -> Result {
        let queue = ProgressQueue()
        async let result: Result = {
            defer { queue.finish() }
            return try await verb { queue.put($0) }
        }()
        while let message = await queue.next() { try await write(message) }
        return try await result
    }
}
