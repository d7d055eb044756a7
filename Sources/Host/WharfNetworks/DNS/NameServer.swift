// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The name server of one container's sandbox: it listens in the container's network namespace and asks upstreams from the
// host's. It is all callbacks on one event loop: a question about a neighbour is answered where it is read.

public import Logging
public import NIOCore
public import NIOPosix
import Synchronization
public import WharfDNS
public import WharfError
public import WharfLinux

/// Answers the questions of one sandbox until it is closed.
public final class NameServer: Sendable {
    /// Where containers send their questions, port 53.
    public static let address = (UInt8(127), UInt8(0), UInt8(0), UInt8(11))
    /// How many streams one sandbox may have open.
    static let streamLimit = 64

    private let channels: [any Channel]

    /// Serves on sockets that were opened in the sandbox; they are the server's from now on.
    ///
    /// - Parameters:
    ///   - table: asked for each question, so that a change counts at once.
    ///   - upstreams: who is asked for other names; none answers them with a failure.
    public init(
        _ sockets: LoopbackSockets, table: @escaping @Sendable () -> NameTable, upstreams: Upstreams,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger
    ) async throws(WharfError) {
        let answerer = Answerer(table: table, upstreams: upstreams)
        let streams = Mutex(0)
        let loop = group.next()
        do {
            let datagrams = try await DatagramBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramQuestions(answerer))
                    }
                }
                .withBoundSocket(sockets.datagram.release()).get()
            let connections = try await ServerBootstrap(group: loop)
                .childChannelInitializer { channel in
                    let isOneTooMany = streams.withLock { count in
                        count += 1
                        return count > NameServer.streamLimit
                    }
                    channel.closeFuture.whenComplete { _ in streams.withLock { $0 -= 1 } }
                    if isOneTooMany {
                        return channel.eventLoop.makeFailedFuture(WharfError(.unavailable, "too many connections to the name server"))
                    }
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(StreamQuestions(answerer))
                    }
                }
                .withBoundSocket(sockets.stream.release()).get()
            channels = [datagrams, connections]
        } catch {
            throw WharfError(.unavailable, "name server of a sandbox: \(error)", cause: error)
        }
        logger.debug("name server listens", metadata: ["port": "\(sockets.datagramPort)"])
    }

    /// Closes the sockets; questions that are being asked of an upstream get no answer.
    public func close() async {
        // Closed already is closed.
        for channel in channels { try? await channel.close().get() }
    }
}

/// What becomes of a packet.
struct Answerer: Sendable {
    private let table: @Sendable () -> NameTable
    private let upstreams: Upstreams
    private let turns = Counter()

    init(table: @escaping @Sendable () -> NameTable, upstreams: Upstreams) {
        self.table = table
        self.upstreams = upstreams
    }

    /// The answer's packet at once, or later; nil for a packet that is to be dropped.
    func answer(_ packet: [UInt8], by way: Transport, on loop: any EventLoop) -> Answer {
        let query: DNSQuery
        do throws(DNSError) {
            query = try DNSQuery(packet)
        } catch {
            guard case .refused(let id, let code) = error else { return .nothing }
            return .packet(DNSResponse.failure(id: id, code))
        }
        let limit = way == .datagram ? query.datagramLimit : Int(UInt16.max)
        if let answer = table().answer(query, turn: turns.next()) { return .packet(answer.packet(limit: limit)) }
        return .later(
            upstreams.ask(packet, query, by: way, on: loop).map { $0 ?? DNSResponse(to: query, .serverFailure).packet(limit: limit) })
    }
}

enum Answer {
    case nothing
    case packet([UInt8])
    case later(EventLoopFuture<[UInt8]>)
}

/// How a packet travels.
enum Transport: Sendable { case datagram, stream }

/// Counts from 0, around.
private final class Counter: Sendable {
    private let value = Atomic<Int>(0)

    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue & Int.max }
}
