// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The task of one connection: takes request after request from the handler on the event loop, calls the responder and
// sends what it answers. Where an answer leaves HTTP, this is where the socket changes hands.

import NIOCore
import NIOHTTP1
import WharfLinux

/// Answers a request. It can't fail: whoever makes it turns errors into answers.
public typealias HTTPResponder = @Sendable (HTTPRequest) async -> HTTPResponse

/// One accepted connection.
final class ServerConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<ServerHandler>
    private let requests: AsyncStream<IncomingRequest>
    private let limits: HTTPLimits

    /// Builds the pipeline on a fresh channel; on its event loop.
    init(channel: any Channel, limits: HTTPLimits) throws {
        let (requests, continuation) = AsyncStream<IncomingRequest>.makeStream()
        let gate = GateHandler()
        let handler = ServerHandler(gate: gate, limits: limits, requests: continuation)
        self.channel = channel
        self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        self.requests = requests
        self.limits = limits
        let decoder = HTTPRequestDecoder(limitConfiguration: limits.decoder)
        try channel.pipeline.syncOperations.addHandlers([gate, HTTPResponseEncoder(), ByteToMessageHandler(decoder), handler])
    }

    /// Serves requests until the connection ends or the task is cancelled. `onHijack` tells that it left HTTP.
    func run(_ respond: HTTPResponder, onHijack: () -> Void) async {
        for await request in requests {
            guard await serve(request, respond, onHijack) else { break }
            onLoop { $0.nextRequest() }
        }
        channel.close(promise: nil)
    }

    /// The server is going down.
    func quiesce() { onLoop { $0.quiesce() } }

    /// Answers one request. False when the connection is over.
    private func serve(_ incoming: IncomingRequest, _ respond: HTTPResponder, _ onHijack: () -> Void) async -> Bool {
        guard let request = Self.request(incoming) else {
            _ = await send(.plainError(400, "malformed request target"), to: incoming, keepAlive: false)
            _ = await drain(incoming)
            return false
        }
        var response = await respond(request)
        if !response.headers.isSafe { response = .plainError(500, "the answer's header can not be sent") }
        // The parser has stopped behind a request with `Upgrade`, taken or not.
        let keepAlive = incoming.head.isKeepAlive && request.upgrade == nil && incoming.body.isFinished && !Task.isCancelled
        if case .hijack(let run) = response.content {
            guard await drain(incoming), let connection = await takeOver(response) else { return false }
            onHijack()
            await run(connection)
            return false
        }
        let sent = await send(response, to: incoming, keepAlive: keepAlive)
        // Closing with unread bytes would reset the connection and could take the answer with it.
        if !incoming.body.isFinished { _ = await drain(incoming) }
        return sent && keepAlive
    }

    private static func request(_ incoming: IncomingRequest) -> HTTPRequest? {
        let head = incoming.head
        guard let target = RequestTarget(head.uri) else { return nil }
        let headers = HTTPHeaders(head.headers)
        let body = incoming.body
        let length = headers["Transfer-Encoding"] == nil ? Int(headers["Content-Length"] ?? "0") : nil
        return HTTPRequest(
            method: head.method.rawValue, target: head.uri, path: target.path, query: target.query, headers: headers,
            body: HTTPBody(length: length) { try await body.next() })
    }

    /// Sends an ordinary answer. False when it did not get through whole.
    private func send(_ response: HTTPResponse, to incoming: IncomingRequest, keepAlive: Bool) async -> Bool {
        let isHead = incoming.head.method == .HEAD
        var head = HTTPResponseHead(
            version: incoming.head.version, status: HTTPResponseStatus(statusCode: response.status), headers: response.headers.nio)
        if !keepAlive { head.headers.replaceOrAdd(name: "Connection", value: "close") }
        do {
            switch response.content {
            case .none, .hijack:
                if response.status != 204 && response.status != 304 { head.headers.replaceOrAdd(name: "Content-Length", value: "0") }
                try await sendHead(head, body: [])
            case .bytes(let bytes):
                head.headers.replaceOrAdd(name: "Content-Length", value: String(bytes.count))
                try await sendHead(head, body: isHead ? [] : bytes)
            case .stream(let whenGone, let write):
                let opened = channel.eventLoop.makePromise(of: Void.self)
                channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: opened)
                // A change is made whether its client is still there or not.
                if case .cancels = whenGone { try await opened.futureResult.get() }
                if !isHead { try await stream(incoming, whenGone, HTTPResponseWriter(channel: channel, whenGone: whenGone), write) }
                try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
            case .lateStream(let whenGone, let refuse, let write):
                let late = LateHead(head)
                do {
                    try await stream(incoming, whenGone, HTTPResponseWriter(channel: channel, whenGone: whenGone, head: late), write)
                } catch {
                    guard late.take() != nil else { throw error }
                    return await send(refuse(error), to: incoming, keepAlive: keepAlive)
                }
                if let head = late.take() { channel.write(HTTPServerResponsePart.head(head), promise: nil) }
                try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
            }
            return true
        } catch {
            // Without its end the client sees that the answer is not whole.
            return false
        }
    }

    private func sendHead(_ head: HTTPResponseHead, body: [UInt8]) async throws {
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if !body.isEmpty { channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: body))), promise: nil) }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
    }

    private func stream(
        _ incoming: IncomingRequest, _ whenGone: HTTPResponse.GoneClient, _ writer: HTTPResponseWriter,
        _ write: @escaping @Sendable (HTTPResponseWriter) async throws -> Void
    ) async throws {
        guard case .cancels = whenGone else { return try await write(writer) }
        let channel = channel
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                // A client that does not read holds the writer in a write, which knows no cancelling.
                try await withTaskCancellationHandler {
                    try await write(writer)
                } onCancel: {
                    channel.close(promise: nil)
                }
            }
            group.addTask {
                await incoming.gone.wait()
                throw CancellationError()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    /// Reads what is left of a request's body. False when it did not end in time.
    private func drain(_ incoming: IncomingRequest) async -> Bool {
        guard !incoming.body.isFinished else { return true }
        incoming.body.abandon()
        let timeout = channel.eventLoop.scheduleTask(in: TimeAmount(limits.drainTime)) { incoming.body.finish(CancellationError()) }
        defer { timeout.cancel() }
        do {
            while try await incoming.body.next() != nil {}
            return true
        } catch {
            return false
        }
    }

    /// Sends the head past the encoder, then takes the socket out of the channel; nil when the client is gone.
    private func takeOver(_ response: HTTPResponse) async -> HijackedConnection? {
        let promise = channel.eventLoop.makePromise(of: HijackedConnection.self)
        let (channel, bytes) = (channel, response.rawBytes)
        onLoop { handler in
            let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
            let flushed = channel.eventLoop.makePromise(of: Void.self)
            promise.completeWith(
                flushed.futureResult.flatMapThrowing {
                    bound.value.detach()
                    return try takeOverSocket(of: channel, gate: bound.value.gate)
                })
            handler.gate.writeRaw(bytes, promise: flushed)
        }
        do {
            return try await promise.futureResult.get()
        } catch {
            return nil
        }
    }

    private func onLoop(_ body: @escaping @Sendable (ServerHandler) -> Void) {
        let handler = handler
        channel.eventLoop.execute { body(handler.value) }
    }
}
