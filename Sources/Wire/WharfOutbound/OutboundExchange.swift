// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One request on its way: stands between the HTTP client's callbacks on an event loop and the task that waits for the answer and
// reads its body. Watches that something moves: a silent connection is given up, a slow reader is not.

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import WharfHTTP

/// The delegate of one request.
final class OutboundExchange: HTTPClientResponseDelegate {
    typealias Response = Void

    /// Whom is being waited for.
    private enum Waiting {
        /// The other machine, until it has moved again.
        case network(since: NIODeadline, atMost: TimeAmount)
        /// Our own reader or source: as long as they like.
        case us
    }

    private struct State {
        var waiting: Waiting
        var isAnswered = false
        /// The answer until it is taken. It holds the body, whose last reader's end is the end of this exchange: it may not stay.
        var head: Result<WharfHTTP.HTTPClientResponse, OutboundError>?
        var waiter: CheckedContinuation<WharfHTTP.HTTPClientResponse, any Error>?
        var task: PooledClient.Task<Void>?
        var timer: Scheduled<Void>?
        var isOver = false
        /// Bytes of the body since the watch was last set back.
        var window = 0
        /// Completed when the reader wants more.
        var demand: EventLoopPromise<Void>?
    }

    /// Fewer bytes than this in the stall time are none.
    private static let leastProgress = 1024
    /// A body that costs less to read than a new connection.
    private static let shortBody = 64 * 1024

    private let url: WebURL
    private let isHead: Bool
    private let stallTime: TimeAmount
    private let answerTime: TimeAmount
    private let headerLimit: Int
    private let state: Mutex<State>
    private let body = Mutex<BodyStream?>(nil)

    init(_ request: OutboundRequest, stallTime: Duration, headerLimit: Int) {
        url = request.url
        isHead = request.method == "HEAD"
        self.stallTime = TimeAmount(stallTime)
        self.answerTime = TimeAmount(request.answerTime ?? stallTime)
        self.headerLimit = headerLimit
        // Connecting has a limit of its own.
        state = Mutex(State(waiting: .us))
    }

    // MARK: The waiting task

    /// The answer, as soon as its head is there. Cancelling the task ends the request.
    func answer() async throws -> WharfHTTP.HTTPClientResponse {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let ready = state.withLock { state -> Result<WharfHTTP.HTTPClientResponse, OutboundError>? in
                    if state.head == nil { state.waiter = continuation }
                    defer { state.head = nil }
                    return state.head
                }
                if let ready { continuation.resume(with: ready.mapError { $0 as any Error }) }
            }
        } onCancel: {
            cancel()
        }
    }

    /// The request is under way: starts the watch.
    func started(_ task: PooledClient.Task<Void>) {
        let isOver = state.withLock { state in
            if !state.isOver { state.task = task }
            return state.isOver
        }
        if !isOver { arm(task.eventLoop, in: min(stallTime, answerTime)) }
    }

    /// Nobody waits or reads any more.
    func cancel() {
        let task = state.withLock { state in
            defer { state.task = nil }
            return state.task
        }
        task?.cancel()
    }

    /// The last reader of the body has gone. A short rest is let in and dropped, so that the connection can be used again.
    func abandon(isShort: Bool) {
        guard isShort else { return cancel() }
        body.withLock { $0 = nil }
        demand()
    }

    // MARK: Sending

    /// A part of the body is being written, or has been.
    func sending(_ isWriting: Bool) {
        state.withLock { $0.waiting = isWriting ? .network(since: .now(), atMost: stallTime) : .us }
    }

    func didSendRequest(task: PooledClient.Task<Void>) {
        state.withLock { state in
            if !state.isAnswered { state.waiting = .network(since: .now(), atMost: answerTime) }
        }
    }

    // MARK: Receiving

    func didReceiveHead(task: PooledClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let size = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard size <= headerLimit else {
            let error = OutboundError(.malformed, "the answer's header is larger than \(headerLimit) bytes")
            finish(error)
            return task.eventLoop.makeFailedFuture(error)
        }
        let stream = BodyStream { [weak self] in self?.demand() }
        body.withLock { $0 = stream }
        let length = isHead ? nil : head.headers.first(name: "Content-Length").flatMap { Int($0) }
        let isEmpty = isHead || head.status == .noContent || head.status == .notModified
        let lease = ExchangeLease(self, isShort: isEmpty || length.map { $0 <= Self.shortBody } == true)
        let content = HTTPBody(length: length) {
            defer { lease.keep() }
            return try await stream.next()
        }
        moved()
        complete(
            .success(
                WharfHTTP.HTTPClientResponse(status: Int(head.status.code), headers: WharfHTTP.HTTPHeaders(head.headers), body: content)))
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: PooledClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        guard let stream = body.withLock({ $0 }) else { return task.eventLoop.makeSucceededVoidFuture() }
        let promise = task.eventLoop.makePromise(of: Void.self)
        // Before the bytes are put: the reader may ask for more at once.
        state.withLock { state in
            state.demand = promise
            state.window += buffer.readableBytes
        }
        if buffer.readableBytes == 0 || stream.put(Array(buffer.readableBytesView)) {
            demand()
        } else {
            state.withLock { if $0.demand != nil { $0.waiting = .us } }
        }
        return promise.futureResult
    }

    func didFinishRequest(task: PooledClient.Task<Void>) throws { finish(nil) }

    func didReceiveError(task: PooledClient.Task<Void>, _ error: any Error) { finish(OutboundError(error, to: url)) }

    /// The reader wants more.
    private func demand() {
        let promise = state.withLock { state in
            // A byte now and then is no life.
            var isAlive = state.window >= Self.leastProgress
            if case .us = state.waiting { isAlive = true }
            if isAlive {
                state.waiting = .network(since: .now(), atMost: stallTime)
                state.window = 0
            }
            defer { state.demand = nil }
            return state.demand
        }
        promise?.succeed(())
    }

    private func moved() { state.withLock { $0.waiting = .network(since: .now(), atMost: stallTime) } }

    private func complete(_ result: Result<WharfHTTP.HTTPClientResponse, OutboundError>) {
        let waiter = state.withLock { state -> CheckedContinuation<WharfHTTP.HTTPClientResponse, any Error>? in
            guard !state.isAnswered else { return nil }
            state.isAnswered = true
            if state.waiter == nil { state.head = result }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(with: result.mapError { $0 as any Error })
    }

    /// The exchange is over. Only the first end counts.
    private func finish(_ error: OutboundError?) {
        let (demand, timer) = state.withLock { state in
            defer { (state.isOver, state.demand, state.task, state.timer) = (true, nil, nil, nil) }
            return (state.demand, state.timer)
        }
        timer?.cancel()
        demand?.succeed(())
        complete(.failure(error ?? OutboundError(.broken, "unexpected EOF")))
        body.withLock { $0 }?.finish(error)
    }

    // MARK: The watch

    private func arm(_ loop: any EventLoop, in time: TimeAmount) {
        let timer = loop.scheduleTask(in: time) { [weak self] in if let self { self.look(loop) } }
        let isOver = state.withLock { state in
            if !state.isOver { state.timer = timer }
            return state.isOver
        }
        if isOver { timer.cancel() }
    }

    private func look(_ loop: any EventLoop) {
        let (waiting, task) = state.withLock { ($0.waiting, $0.task) }
        guard let task else { return }
        switch waiting {
        case .us: arm(loop, in: stallTime)
        case .network(let since, let most):
            let rest = since + most - .now()
            if rest > .nanoseconds(0) { return arm(loop, in: rest) }
            let seconds = most.nanoseconds / 1_000_000_000
            finish(OutboundError(.stalled, "nothing came from \(url.authority) for \(seconds) seconds"))
            task.cancel()
        }
    }
}

/// Ends the request when the last reader of its body is gone.
private final class ExchangeLease: Sendable {
    private let exchange: OutboundExchange
    private let isShort: Bool

    init(_ exchange: OutboundExchange, isShort: Bool) {
        self.exchange = exchange
        self.isShort = isShort
    }

    /// Only to be alive until here.
    func keep() {}

    deinit { exchange.abandon(isShort: isShort) }
}
