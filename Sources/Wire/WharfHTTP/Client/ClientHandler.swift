// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Behind the response parser: turns the head into the answer, feeds the body's stream and takes a hijacked socket out
// of the channel.

import NIOCore
import NIOHTTP1
import WharfLinux

/// The last handler of a client's pipeline.
final class ClientHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private let gate: GateHandler
    private let exchange: ClientExchange
    private let hijack: Bool
    private var body: BodyStream?
    private var switched = false

    init(gate: GateHandler, exchange: ClientExchange, hijack: Bool) {
        self.gate = gate
        self.exchange = exchange
        self.hijack = hijack
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head(head, context)
        case .body(let buffer):
            gate.framing.bodyParsed(buffer.readableBytes)
            if let body, !body.put(Array(buffer.readableBytesView)) { gate.pause(true) }
        case .end:
            gate.framing.messageParsed()
            guard let body else { return }
            body.finish()
            context.close(promise: nil)
        }
    }

    private func head(_ head: HTTPResponseHead, _ context: ChannelHandlerContext) {
        let status = Int(head.status.code)
        let headers = HTTPHeaders(head.headers)
        if hijack && (status == 101 || status == 200) {
            gate.framing.messageParsed()
            switched = true
            return takeOver(status: status, headers: headers, context)
        }
        // Ordinary answers are given to the parser whole: it knows bodies that end with the connection, HEAD and 304.
        gate.framing.headParsed(length: nil)
        let loop = context.eventLoop
        let channel = context.channel
        let gate = NIOLoopBound(self.gate, eventLoop: loop)
        let body = BodyStream { loop.execute { gate.value.pause(false) } }
        self.body = body
        let lease = ConnectionLease(channel)
        let content = HTTPBody(length: head.headers.first(name: "Content-Length").flatMap { Int($0) }) {
            defer { lease.keep() }
            return try await body.next()
        }
        let response = HTTPClientResponse(status: status, headers: headers, body: content)
        if !exchange.complete(.success(.declined(response))) { context.close(promise: nil) }
    }

    private func takeOver(status: Int, headers: HTTPHeaders, _ context: ChannelHandlerContext) {
        do {
            // Now, because a server that closes at once makes NIO close its number before the next turn of the loop.
            let socket = try duplicateSocket(of: context.channel)
            // Later, because bytes behind the head reach the gate when the parser's call has returned.
            let (gate, channel, exchange) = (NIOLoopBound(gate, eventLoop: context.eventLoop), context.channel, exchange)
            context.eventLoop.execute {
                channel.close(promise: nil)
                let connection = HijackedConnection(descriptor: socket, initialBytes: gate.value.takePending())
                exchange.complete(.success(.switched(status: status, headers: headers, connection)))
            }
        } catch {
            exchange.fail(error)
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(nil)
    }

    private func end(_ error: (any Error)?) {
        // A socket that was taken over closes its channel; the answer comes from there.
        if switched { return }
        let broken = exchange.brokenConnection(error)
        exchange.fail(broken)
        body?.finish(broken)
    }
}

/// Closes the connection when the last reader of its body is gone.
private final class ConnectionLease: Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) { self.channel = channel }

    /// Only to be alive until here.
    func keep() {}

    deinit { channel.close(promise: nil) }
}
