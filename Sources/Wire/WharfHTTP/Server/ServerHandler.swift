// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Behind the request parser: cuts the connection into requests, one at a time, and gives each to the connection's
// task; watches the clock for heads that never end and connections that lie idle. Lives on its event loop only.

import NIOCore
import NIOHTTP1
import WharfError

/// A request whose head has arrived.
struct IncomingRequest: Sendable {
    let head: HTTPRequestHead
    let body: BodyStream
    /// Fires when the client has sent its last byte, or is gone.
    let gone: Signal
}

/// The last handler of a server's pipeline.
final class ServerHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    let gate: GateHandler
    private let limits: HTTPLimits
    private let requests: AsyncStream<IncomingRequest>.Continuation
    private var current: IncomingRequest?
    private var context: ChannelHandlerContext?
    private var deadline: Scheduled<Void>?
    private var quiescing = false

    init(gate: GateHandler, limits: HTTPLimits, requests: AsyncStream<IncomingRequest>.Continuation) {
        self.gate = gate
        self.limits = limits
        self.requests = requests
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        gate.onHeadStarted = { [unowned self] in
            arm(limits.headerTime, answer: .plainError(408, "the request's head did not arrive in time"))
        }
        gate.onInputClosed = { [unowned self] in inputClosed() }
        arm(limits.idleTime, answer: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        gate.onHeadStarted = {}
        gate.onInputClosed = {}
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer):
            gate.framing.bodyParsed(buffer.readableBytes)
            if let current, !current.body.put(Array(buffer.readableBytesView)) { gate.pause(true) }
        case .end:
            gate.framing.messageParsed()
            current?.body.finish()
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard current == nil else {
            // A second head inside the bytes of a chunked request: answer the first one, then close.
            quiescing = true
            return
        }
        deadline?.cancel()
        let chunked = head.headers.contains(name: "Transfer-Encoding")
        gate.framing.headParsed(length: chunked ? nil : head.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0)
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            gate.writeRaw(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), promise: nil)
        }
        let loop = context.eventLoop
        let gate = NIOLoopBound(self.gate, eventLoop: loop)
        let body = BodyStream { loop.execute { gate.value.pause(false) } }
        let request = IncomingRequest(head: head, body: body, gone: Signal())
        current = request
        requests.yield(request)
    }

    private func inputClosed() {
        if let current {
            current.body.finish(Self.brokenOff)
            current.gone.fire()
        } else if !gate.hasPending {
            close()
        }
    }

    /// Whether the connection closes behind the answer that is being given.
    var isQuiescing: Bool { quiescing }

    /// The answer was sent: lets the next request come, or closes.
    func nextRequest() {
        guard let answered = current else { return }
        answered.body.finish()
        current = nil
        if quiescing || (gate.inputClosed && !gate.hasPending) { return close() }
        arm(limits.idleTime, answer: nil)
        gate.nextMessage()
        if current == nil && gate.inputClosed { close() }
    }

    /// The server is going down: an idle connection closes now, a busy one behind its answer.
    func quiesce() {
        quiescing = true
        if let current { current.gone.fire() } else { close() }
    }

    /// The connection belongs to somebody else from here on.
    func detach() {
        deadline?.cancel()
        requests.finish()
        current = nil
    }

    func close() {
        deadline?.cancel()
        requests.finish()
        context?.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        quiescing = true
        if let current {
            current.body.finish(
                error is HTTPParserError ? WharfError(.invalidArgument, "malformed request body", cause: error) : Self.brokenOff)
            current.gone.fire()
        } else if error is HTTPParserError {
            refuse(.plainError(400, "malformed HTTP request"))
        } else {
            close()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        current?.body.finish(Self.brokenOff)
        current?.gone.fire()
        deadline?.cancel()
        requests.finish()
    }

    /// Answers something that was never a request, and closes.
    private func refuse(_ response: HTTPResponse) {
        guard let context else { return }
        var response = response
        response.headers.add("Connection", "close")
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.whenComplete { _ in bound.value.close() }
        gate.writeRaw(response.rawBytes, promise: promise)
    }

    private func arm(_ time: Duration, answer: HTTPResponse?) {
        deadline?.cancel()
        guard let context else { return }
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(time)) {
            if let answer { bound.value.refuse(answer) } else { bound.value.close() }
        }
    }

    private static let brokenOff = WharfError(.cancelled, "the client closed the connection before the request's body was complete")
}
