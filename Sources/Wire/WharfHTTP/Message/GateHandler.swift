// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Stands between the socket and the HTTP parser and lets through exactly one message at a time. Bytes behind it wait
// here: for the next request of a pipelining client, or, when the connection is hijacked, for whoever takes it over
// (NIO's parser would drop them at an early half-close, and would read a raw stream as HTTP). While a message is
// being answered nothing is read from the socket, so that a hijacked one is handed over with its bytes in it.

import NIOCore

/// The first handler of a pipeline, on the server and in the client. Used on its event loop only.
final class GateHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Told by the message handler behind the parser.
    var framing = MessageFraming()
    /// The other side has sent its last byte (a half-close, or it is gone).
    var onInputClosed: () -> Void = {}
    /// The first byte of a head arrived, so that its arrival can be timed.
    var onHeadStarted: () -> Void = {}
    private(set) var inputClosed = false

    private var context: ChannelHandlerContext?
    private var pending = ByteBuffer()
    private var readWanted = false
    private var paused = false
    private var draining = false
    private var headStarted = false

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if pending.readableBytes == 0 {
            pending = bytes
        } else {
            pending.writeBuffer(&bytes)
        }
        drain(context)
    }

    func read(context: ChannelHandlerContext) {
        guard !paused, framing.state != .complete else {
            readWanted = true
            return
        }
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            inputClosed = true
            onInputClosed()
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whether bytes wait behind the current message.
    var hasPending: Bool { pending.readableBytes > 0 }

    /// Reading stops (the reader of a body is behind) or goes on.
    func pause(_ paused: Bool) {
        self.paused = paused
        if !paused { resumeReading() }
    }

    /// The current message was dealt with: lets the next one through.
    func nextMessage() {
        framing.next()
        headStarted = false
        if let context { drain(context) }
        resumeReading()
    }

    /// Writes raw bytes past the encoder.
    func writeRaw(_ bytes: [UInt8], promise: EventLoopPromise<Void>?) {
        guard let context else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: promise)
    }

    /// What waits behind the message, for whoever takes the connection over.
    func takePending() -> [UInt8] {
        defer { pending.clear() }
        return Array(pending.readableBytesView)
    }

    private func resumeReading() {
        guard readWanted, !paused, framing.state != .complete else { return }
        readWanted = false
        context?.read()
    }

    private func drain(_ context: ChannelHandlerContext) {
        guard !draining else { return }
        draining = true
        defer { draining = false }
        while pending.readableBytes > 0 {
            if framing.state == .head && !headStarted {
                headStarted = true
                onHeadStarted()
            }
            let count = framing.admit(pending.readableBytesView)
            guard count > 0, let slice = pending.readSlice(length: count) else { break }
            context.fireChannelRead(wrapInboundOut(slice))
        }
        pending.discardReadBytes()
    }
}
