// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The client half: one request per connection, over a unix socket or TCP, with streaming bodies both ways, and
// hijacking: the answer's head is read, then the socket is taken out of NIO with the bytes that came behind it.
// It starts one thread and nothing else, because a command line lives for a few milliseconds.

import NIOCore
import NIOHTTP1
import NIOPosix
import WharfError
import WharfLinux

/// Sends requests to one endpoint. Cheap to copy; each request opens a connection of its own.
public struct HTTPClient: Sendable {
    /// Where requests go.
    public let endpoint: HTTPEndpoint
    private let limits: HTTPLimits

    public init(endpoint: HTTPEndpoint, limits: HTTPLimits = HTTPLimits()) {
        self.endpoint = endpoint
        self.limits = limits
    }

    /// One thread for all clients of the process; it lives as long as the process.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Sends a request and returns when the answer's head has arrived; a streamed request body goes on being sent.
    ///
    /// Throws `unavailable` when nobody listens or the connection breaks before the head, `CancellationError` when
    /// the task is cancelled (the connection is closed then).
    public func send(_ request: HTTPClientRequest) async throws -> HTTPClientResponse {
        switch try await exchange(request, hijack: false) {
        case .declined(let response): return response
        case .switched: throw WharfError(.internal, "the server switched protocols without being asked")
        }
    }

    /// Sends a request that asks to take the connection over, with `Connection: Upgrade` and `Upgrade: protocol`.
    ///
    /// 101 switches, and so does 200 of a server that knows no upgrade; everything else is an ordinary answer.
    /// The descriptor is non-blocking.
    public func hijack(_ request: HTTPClientRequest, protocol name: String = "tcp") async throws -> HTTPHijackResult {
        var request = request
        request.headers["Connection"] = "Upgrade"
        request.headers["Upgrade"] = name
        return try await exchange(request, hijack: true)
    }

    private func exchange(_ request: HTTPClientRequest, hijack: Bool) async throws -> HTTPHijackResult {
        guard request.headers.isSafe, Self.isSafe(request.method), Self.isSafe(request.target) else {
            throw WharfError(.invalidArgument, "request line or header holds bytes that can't be sent")
        }
        let exchange = ClientExchange(hijack: hijack, limits: limits)
        let channel = try await connect(exchange)
        return try await withTaskCancellationHandler {
            let body = Self.start(request, host: host, exchange, channel)
            do {
                return try await exchange.answer()
            } catch {
                body?.cancel()
                channel.close(promise: nil)
                throw error
            }
        } onCancel: {
            exchange.fail(CancellationError())
            channel.close(promise: nil)
        }
    }

    /// Sends the head, and the body in a task of its own where it is a stream.
    private static func start(
        _ request: HTTPClientRequest, host: String, _ exchange: ClientExchange, _ channel: any Channel
    ) -> Task<Void, Never>? {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: request.target, headers: request.headers.nio)
        if !head.headers.contains(name: "Host") { head.headers.add(name: "Host", value: host) }
        switch request.content {
        case .none: break
        case .bytes(let bytes): head.headers.replaceOrAdd(name: "Content-Length", value: String(bytes.count))
        case .stream: head.headers.replaceOrAdd(name: "Transfer-Encoding", value: "chunked")
        }
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        switch request.content {
        case .none: break
        case .bytes(let bytes): channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        case .stream(let body):
            channel.flush()
            let task = Task {
                do {
                    for try await chunk in body {
                        try await channel.writeAndFlush(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: chunk)))).get()
                    }
                    try await channel.writeAndFlush(HTTPClientRequestPart.end(nil)).get()
                } catch {
                    // An early answer may explain a broken pipe: it is read first, then the end of the connection told.
                    exchange.sendingFailed(error)
                    if !(error is ChannelError || error is IOError) { channel.close(promise: nil) }
                }
            }
            return task
        }
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        return nil
    }

    private var host: String {
        switch endpoint {
        case .unix: "wharf"
        case .tcp(let host, let port): host.utf8.contains(0x3A) ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    private static func isSafe(_ text: String) -> Bool {
        !text.utf8.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }

    private func connect(_ exchange: ClientExchange) async throws -> any Channel {
        let bootstrap = ClientBootstrap(group: Self.group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try exchange.install(on: channel) }
            }
        do {
            switch endpoint {
            case .tcp(let host, let port):
                return try await bootstrap.connect(host: host, port: port).get()
            case .unix(let path):
                let socket = try SocketPath(path).connect()
                return try await bootstrap.withConnectedSocket(socket.release()).get()
            }
        } catch let error as SyscallError {
            throw WharfError(.unavailable, "connect to \(endpoint): \(error.reason)", cause: error, errno: error.errno)
        } catch let error as WharfError {
            throw error
        } catch {
            throw WharfError(.unavailable, "connect to \(endpoint): \(error)", cause: error)
        }
    }
}
