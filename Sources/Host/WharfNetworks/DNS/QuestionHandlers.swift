// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The container's side of the name server: a datagram is a packet, and a packet in a stream has its length before it
// (RFC 1035, 4.2).

import NIOCore

/// Questions that come as datagrams.
final class DatagramQuestions: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let answerer: Answerer

    init(_ answerer: Answerer) { self.answerer = answerer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let question = unwrapInboundIn(data)
        let channel = context.channel
        @Sendable func send(_ packet: [UInt8]) {
            let buffer = channel.allocator.buffer(bytes: packet)
            channel.writeAndFlush(AddressedEnvelope(remoteAddress: question.remoteAddress, data: buffer), promise: nil)
        }
        switch answerer.answer(Array(buffer: question.data), by: .datagram, on: context.eventLoop) {
        case .nothing: break
        case .packet(let packet): send(packet)
        case .later(let packet): packet.whenSuccess(send)
        }
    }

    /// An asker that went away (ECONNREFUSED) is nobody's trouble.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// Questions that come in a stream, answered in the order of their answers.
final class StreamQuestions: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a stream may be silent.
    private static let patience = TimeAmount.seconds(10)
    /// How many questions of a stream may wait for an upstream; a client that asks more is cut off.
    private static let waitingLimit = 100

    private let answerer: Answerer
    private var packets = StreamedPackets()
    private var waiting = 0
    private var deadline: Scheduled<Void>?

    init(_ answerer: Answerer) { self.answerer = answerer }

    func channelActive(context: ChannelHandlerContext) { wait(context) }

    func channelInactive(context: ChannelHandlerContext) { deadline?.cancel() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        packets.append(unwrapInboundIn(data))
        wait(context)
        while let packet = packets.next() {
            switch answerer.answer(packet, by: .stream, on: context.eventLoop) {
            case .nothing:
                context.close(promise: nil)
                return
            case .packet(let packet): StreamQuestions.send(packet, context.channel)
            case .later(let packet):
                waiting += 1
                guard waiting <= StreamQuestions.waitingLimit else {
                    context.close(promise: nil)
                    return
                }
                let channel = context.channel
                packet.assumeIsolated().whenSuccess { packet in
                    self.waiting -= 1
                    StreamQuestions.send(packet, channel)
                }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    private static func send(_ packet: [UInt8], _ channel: any Channel) {
        channel.writeAndFlush(StreamedPackets.framed(packet, channel.allocator), promise: nil)
    }

    private func wait(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: StreamQuestions.patience) { context.close(promise: nil) }
    }
}

/// Cuts a stream into packets.
struct StreamedPackets {
    private var bytes = ByteBuffer()

    mutating func append(_ buffer: ByteBuffer) {
        var buffer = buffer
        bytes.discardReadBytes()
        bytes.writeBuffer(&buffer)
    }

    /// The next whole packet.
    mutating func next() -> [UInt8]? {
        guard let length = bytes.getInteger(at: bytes.readerIndex, as: UInt16.self), bytes.readableBytes >= 2 + Int(length) else {
            return nil
        }
        bytes.moveReaderIndex(forwardBy: 2)
        return bytes.readBytes(length: Int(length))
    }

    static func framed(_ packet: [UInt8], _ allocator: ByteBufferAllocator) -> ByteBuffer {
        var buffer = allocator.buffer(capacity: packet.count + 2)
        buffer.writeInteger(UInt16(clamping: packet.count))
        buffer.writeBytes(packet)
        return buffer
    }
}
