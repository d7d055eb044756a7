// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Questions that no network of the container answers go to the resolvers of the container or of the host, one after the
// other. A reply is passed on as it is, when it is an answer to this question (UpstreamReply).

public import NIOCore
import NIOPosix
import Synchronization
import WharfDNS

/// Who is asked, and how patiently.
public final class Upstreams: Sendable {
    /// What the time limits are where nobody says otherwise: a C library waits 5 s for all of it.
    public static let patience = TimeAmount.seconds(2)
    /// How many are asked, one after the other.
    private static let attempts = 3
    /// How many questions may wait at one time; more are answered with a failure.
    private static let waitingLimit = 1024

    private let servers: @Sendable () async -> [SocketAddress]
    private let patience: TimeAmount
    private let waiting = Mutex(0)

    /// - Parameters:
    ///   - servers: asked for each question, in the order of preference.
    ///   - patience: how long each of them may take.
    public init(patience: TimeAmount = Upstreams.patience, _ servers: @escaping @Sendable () async -> [SocketAddress]) {
        self.servers = servers
        self.patience = patience
    }

    /// The first answer to a query; nil when nobody had one.
    func ask(_ packet: [UInt8], _ query: DNSQuery, by way: Transport, on loop: any EventLoop) -> EventLoopFuture<[UInt8]?> {
        let isOneTooMany = waiting.withLock { count in
            count += 1
            return count > Upstreams.waitingLimit
        }
        let answer: EventLoopFuture<[UInt8]?>
        if isOneTooMany {
            answer = loop.makeSucceededFuture(nil)
        } else {
            answer = loop.makeFutureWithTask { await self.servers() }
                .flatMap { self.ask($0.prefix(Upstreams.attempts), packet, query, way, loop) }
        }
        answer.whenComplete { _ in self.waiting.withLock { $0 -= 1 } }
        return answer
    }

    private func ask(
        _ servers: ArraySlice<SocketAddress>, _ packet: [UInt8], _ query: DNSQuery, _ way: Transport, _ loop: any EventLoop
    ) -> EventLoopFuture<[UInt8]?> {
        guard let server = servers.first else { return loop.makeSucceededFuture(nil) }
        let exchange = UpstreamExchange(packet, query, way, loop.makePromise())
        return exchange.run(with: server, patience, on: loop).flatMap { answer in
            if let answer { return loop.makeSucceededFuture(answer) }
            return self.ask(servers.dropFirst(), packet, query, way, loop)
        }
    }
}

/// One question to one server, over a socket of its own: its port is one more thing that a forger has to guess.
private struct UpstreamExchange: Sendable {
    private let packet: [UInt8]
    private let query: DNSQuery
    private let way: Transport
    private let answer: EventLoopPromise<[UInt8]?>

    init(_ packet: [UInt8], _ query: DNSQuery, _ way: Transport, _ answer: EventLoopPromise<[UInt8]?>) {
        self.packet = packet
        self.query = query
        self.way = way
        self.answer = answer
    }

    /// The server's answer; nil when it has none in time.
    func run(with server: SocketAddress, _ patience: TimeAmount, on loop: any EventLoop) -> EventLoopFuture<[UInt8]?> {
        let deadline = loop.scheduleTask(in: patience) { answer.succeed(nil) }
        let opened: EventLoopFuture<any Channel>
        switch way {
        case .datagram:
            opened = DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(DatagramReplies(query, answer)) }
                }
                .connect(to: server)
        case .stream:
            opened = ClientBootstrap(group: loop).connectTimeout(patience)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(StreamReplies(query, answer)) }
                }
                .connect(to: server)
        }
        opened.whenFailure { _ in answer.succeed(nil) }
        opened.whenSuccess { channel in
            answer.futureResult.whenComplete { _ in channel.close(promise: nil) }
            switch way {
            case .datagram:
                let buffer = channel.allocator.buffer(bytes: packet)
                channel.writeAndFlush(AddressedEnvelope(remoteAddress: server, data: buffer), promise: nil)
            case .stream: channel.writeAndFlush(StreamedPackets.framed(packet, channel.allocator), promise: nil)
            }
        }
        answer.futureResult.whenComplete { _ in deadline.cancel() }
        return answer.futureResult
    }
}

/// What a server sends back in datagrams.
private final class DatagramReplies: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let query: DNSQuery
    private let answer: EventLoopPromise<[UInt8]?>

    init(_ query: DNSQuery, _ answer: EventLoopPromise<[UInt8]?>) {
        self.query = query
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let packet = Array(buffer: unwrapInboundIn(data).data)
        switch UpstreamReply(packet, to: query) {
        case .answer: answer.succeed(packet)
        case .unable: answer.succeed(nil)
        // The right one may still come.
        case .foreign: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.succeed(nil) }
}

/// What a server sends back in a stream.
private final class StreamReplies: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let query: DNSQuery
    private let answer: EventLoopPromise<[UInt8]?>
    private var packets = StreamedPackets()

    init(_ query: DNSQuery, _ answer: EventLoopPromise<[UInt8]?>) {
        self.query = query
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        packets.append(unwrapInboundIn(data))
        guard let packet = packets.next() else { return }
        answer.succeed(UpstreamReply(packet, to: query) == .answer ? packet : nil)
    }

    func channelInactive(context: ChannelHandlerContext) { answer.succeed(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.succeed(nil) }
}
