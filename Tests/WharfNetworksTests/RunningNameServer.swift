// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A name server with upstreams for one test, and a client that asks it.

import Logging
import NIOCore
import NIOPosix
import Testing
import WharfDNS
import WharfLinux

@testable import WharfNetworks

/// How an upstream behaves.
enum UpstreamManner: Sendable {
    /// Nobody listens there.
    case closed
    case failing
    case nameError
    case silent
    case answering([UInt8])
    /// An answer to another question comes first.
    case lyingFirst([UInt8])

    /// What it sends back.
    func replies(to packet: [UInt8]) -> [[UInt8]] {
        func coded(_ code: UInt8) -> [UInt8] {
            var reply = packet
            reply[2] |= 0x80
            reply[3] = code | 0x80
            return reply
        }
        func answer(_ address: [UInt8]) -> [UInt8] {
            var reply = coded(0)
            reply[7] = 1
            return reply + [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4] + address
        }
        switch self {
        case .closed, .silent: return []
        case .failing: return [coded(2)]
        case .nameError: return [coded(3)]
        case .answering(let address): return [answer(address)]
        case .lyingFirst(let address):
            var forged = answer([6, 6, 6, 6])
            forged[0] ^= 0xFF
            return [forged, answer(address)]
        }
    }
}

/// A server that runs.
struct Running: Sendable {
    let sockets: LoopbackSockets
    let datagramPort: Int
    let streamPort: Int

    static func with(upstreams: [UpstreamManner], patience: TimeAmount = .seconds(20), _ body: (Running) async throws -> Void) async throws
    {
        var channels: [any Channel] = []
        var addresses: [SocketAddress] = []
        for manner in upstreams {
            let (address, opened) = try await Upstream.start(manner)
            addresses.append(address)
            channels += opened
        }
        var names = NetworkNames(domain: try #require(DomainName("front")))
        names.add([try #require(DomainName("web"))], addresses: [try #require(HostAddress(bytes: [10, 1, 0, 2]))])
        let table = NameTable(networks: [names])
        let sockets = try LoopbackSockets((127, 0, 0, 1))
        let servers = addresses
        let server = try await NameServer(
            sockets, table: { table }, upstreams: Upstreams(patience: patience) { servers }, logger: Logger(label: "test"))
        let result = await Result(
            asyncCatching: {
                try await body(Running(sockets: sockets, datagramPort: Int(sockets.datagramPort), streamPort: Int(sockets.streamPort)))
            })
        await server.close()
        for channel in channels { try await channel.close() }
        try result.get()
    }

    /// The answer's packet; nil when the server closed the stream.
    func ask(_ name: String, by way: Transport = .datagram) async throws -> [UInt8]? {
        var packet: [UInt8] = [UInt8.random(in: 0...255), UInt8.random(in: 0...255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]
        for label in name.utf8.split(separator: UInt8(ascii: ".")) { packet += [UInt8(label.count)] + label }
        packet += [0, 0, 1, 0, 1]
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let promise = loop.makePromise(of: [UInt8]?.self)
        let deadline = loop.scheduleTask(in: .seconds(30)) { promise.fail(ChannelError.connectTimeout(.seconds(30))) }
        let channel = try await connect(way, loop, promise)
        try await channel.writeAndFlush(
            way == .datagram ? channel.allocator.buffer(bytes: packet) : StreamedPackets.framed(packet, channel.allocator))
        defer { deadline.cancel() }
        let answer = try await promise.futureResult.get()
        // It may have ended by itself.
        try? await channel.close()
        #expect(answer == nil || answer?.prefix(2) == packet.prefix(2))
        return answer
    }

    /// Sends a datagram and waits for nothing.
    func send(_ packet: [UInt8]) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let channel = try await connect(.datagram, loop, loop.makePromise())
        try await channel.writeAndFlush(channel.allocator.buffer(bytes: packet))
        try await channel.close()
    }

    private func connect(_ way: Transport, _ loop: any EventLoop, _ promise: EventLoopPromise<[UInt8]?>) async throws -> any Channel {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: way == .datagram ? datagramPort : streamPort)
        switch way {
        case .datagram:
            return try await DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandlers([Plain(), Listening(.datagram, promise)])
                    }
                }
                .connect(to: address).get()
        case .stream:
            return try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Listening(.stream, promise)) }
                }
                .connect(to: address).get()
        }
    }
}

/// Bytes instead of envelopes, on a connected socket.
private final class Plain: ChannelDuplexHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.fireChannelRead(wrapInboundOut(unwrapInboundIn(data).data)) }
}

/// Waits for one packet.
private final class Listening: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let way: Transport
    private let promise: EventLoopPromise<[UInt8]?>
    private var packets = StreamedPackets()

    init(_ way: Transport, _ promise: EventLoopPromise<[UInt8]?>) {
        self.way = way
        self.promise = promise
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        if way == .datagram { return promise.succeed(Array(buffer: buffer)) }
        packets.append(buffer)
        if let packet = packets.next() { promise.succeed(packet) }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.succeed(nil) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { promise.fail(error) }
}

/// An upstream: a datagram and a stream socket on one port.
private enum Upstream {
    static func start(_ manner: UpstreamManner) async throws -> (SocketAddress, [any Channel]) {
        let group = MultiThreadedEventLoopGroup.singleton
        // A port that is free for both.
        while true {
            let datagrams = try await DatagramBootstrap(group: group)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Datagrams(manner)) }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let address = try #require(datagrams.localAddress)
            let streams = try? await ServerBootstrap(group: group)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Streams(manner)) }
                }
                .bind(to: address).get()
            guard let streams else {
                try await datagrams.close()
                continue
            }
            if case .closed = manner {
                try await datagrams.close()
                try await streams.close()
                return (address, [])
            }
            return (address, [datagrams, streams])
        }
    }

    private final class Datagrams: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        private let manner: UpstreamManner
        init(_ manner: UpstreamManner) { self.manner = manner }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let question = unwrapInboundIn(data)
            for reply in manner.replies(to: Array(buffer: question.data)) {
                let envelope = AddressedEnvelope(
                    remoteAddress: question.remoteAddress, data: context.channel.allocator.buffer(bytes: reply))
                context.channel.writeAndFlush(envelope, promise: nil)
            }
        }
    }

    private final class Streams: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let manner: UpstreamManner
        private var packets = StreamedPackets()
        init(_ manner: UpstreamManner) { self.manner = manner }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            packets.append(unwrapInboundIn(data))
            guard let packet = packets.next(), let reply = manner.replies(to: packet).last else { return }
            context.channel.writeAndFlush(StreamedPackets.framed(reply, context.channel.allocator), promise: nil)
        }
    }
}

extension Result where Failure == any Error {
    fileprivate init(asyncCatching body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
