// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The server half: listens on unix sockets and TCP ports, accepts, and runs one task per connection. Everything it
// starts ends inside `run()`.

import NIOCore
import NIOPosix
import Synchronization
import WharfError
import WharfLinux

/// An HTTP/1.1 server.
public final class HTTPServer: Sendable {
    /// Where to listen, and who may connect.
    public struct Listener: Sendable {
        public var endpoint: HTTPEndpoint
        /// Permission bits of a unix socket.
        public var mode: UInt32
        /// The group of a unix socket; nil keeps the process's.
        public var group: UInt32?

        public init(_ endpoint: HTTPEndpoint, mode: UInt32 = 0o660, group: UInt32? = nil) {
            self.endpoint = endpoint
            self.mode = mode
            self.group = group
        }
    }

    /// The addresses that are listened on, with the real port where 0 was asked for.
    public let endpoints: [HTTPEndpoint]
    private let listening: [any Channel]
    private let respond: HTTPResponder
    private let accepted: AsyncStream<ServerConnection>
    private let acceptedContinuation: AsyncStream<ServerConnection>.Continuation
    private let grace: Duration
    private let connections = Mutex<[ObjectIdentifier: ServerConnection]>([:])
    private let drained = Signal()
    private let closing = Atomic(false)

    /// Binds every listener. Clients can connect when this returns; they are answered once `run()` runs.
    ///
    /// Throws `conflict` when a living process owns a socket, else what bind(2) says. `grace` is how long a request
    /// that changes something may go on at shutdown.
    public init(
        _ listeners: [Listener], limits: HTTPLimits = HTTPLimits(), grace: Duration = .seconds(10), respond: @escaping HTTPResponder
    ) async throws {
        let (accepted, continuation) = AsyncStream<ServerConnection>.makeStream()
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    continuation.yield(try ServerConnection(channel: channel, limits: limits))
                }
            }
        var channels: [any Channel] = []
        var endpoints: [HTTPEndpoint] = []
        do {
            for listener in listeners {
                let (channel, endpoint) = try await Self.bind(listener, bootstrap)
                channels.append(channel)
                endpoints.append(endpoint)
            }
        } catch {
            for channel in channels { channel.close(promise: nil) }
            throw error
        }
        self.endpoints = endpoints
        self.listening = channels
        self.respond = respond
        self.grace = grace
        self.accepted = accepted
        self.acceptedContinuation = continuation
    }

    private static func bind(_ listener: Listener, _ bootstrap: ServerBootstrap) async throws -> (any Channel, HTTPEndpoint) {
        do {
            switch listener.endpoint {
            case .unix(let path):
                let socket = try SocketPath(path).listen(mode: listener.mode, group: listener.group)
                return (try await bootstrap.withBoundSocket(socket.release()).get(), listener.endpoint)
            case .tcp(let host, let port):
                let channel = try await bootstrap.bind(host: host, port: port).get()
                return (channel, .tcp(host: host, port: channel.localAddress?.port ?? port))
            }
        } catch let error as SyscallError {
            throw WharfError(nil, "listen on \(listener.endpoint)", error)
        } catch let error as IOError {
            throw WharfError(nil, "listen on \(listener.endpoint)", SyscallError("bind", errno: error.errnoCode))
        } catch {
            throw WharfError(.unavailable, "listen on \(listener.endpoint): \(error)", cause: error)
        }
    }

    /// Serves until `shutdown()` is called or the task is cancelled, and returns when every connection has ended.
    public func run() async {
        await withDiscardingTaskGroup { group in
            for await connection in accepted {
                connections.withLock { $0[ObjectIdentifier(connection)] = connection }
                if closing.load(ordering: .acquiring) { connection.quiesce() }
                group.addTask { await self.serve(connection) }
            }
            shutdown()
            await drained.wait()
            group.cancelAll()
        }
        for endpoint in endpoints {
            // The name may be gone already, or the folder with it: nothing to clean up then.
            if case .unix(let path) = endpoint { try? SocketPath(path).remove() }
        }
    }

    /// Stops accepting, closes idle connections, cancels streams, and gives running requests the grace period.
    public func shutdown() {
        guard !closing.exchange(true, ordering: .acquiringAndReleasing) else { return }
        for channel in listening { channel.close(promise: nil) }
        acceptedContinuation.finish()
        let open = connections.withLock { Array($0.values) }
        for connection in open { connection.quiesce() }
        if open.isEmpty { drained.fire() }
        let drained = drained
        MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: TimeAmount(grace)) { drained.fire() }
    }

    private func serve(_ connection: ServerConnection) async {
        // A hijacked connection has no answer to wait for: it doesn't hold up a shutdown.
        await connection.run(respond, onHijack: { forget(connection) })
        forget(connection)
    }

    private func forget(_ connection: ServerConnection) {
        let last = connections.withLock { open in
            open[ObjectIdentifier(connection)] = nil
            return open.isEmpty
        }
        if last && closing.load(ordering: .acquiring) { drained.fire() }
    }
}
