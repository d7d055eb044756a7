// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Requests to other machines: registries, their token services and the storages they redirect to. HTTP/1.1 over pooled
// connections, TLS per host, proxies. It follows no redirect and repeats nothing: what may be sent where depends on credentials,
// which only the caller understands.

internal import AsyncHTTPClient
public import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL
internal import Synchronization
internal import WharfError
public import WharfHTTP

/// The library's client; ours of one endpoint has the same name.
typealias PooledClient = AsyncHTTPClient.HTTPClient

/// A client of other machines. One per program; `shutdown()` ends it.
public final class OutboundClient: Sendable {
    /// How it behaves.
    public struct Settings: Sendable {
        public var proxies = ProxySettings()
        /// From the first packet to the end of the TLS handshake.
        public var connectTime = Duration.seconds(15)
        /// Less than 1 KiB in so long, while more is waited for, means that the connection is dead.
        public var stallTime = Duration.seconds(30)
        /// An unused connection is closed after this.
        public var idleTime = Duration.seconds(60)
        /// Bytes of all header fields of an answer.
        public var headerLimit = 256 * 1024

        public init() {}
    }

    /// What a connection pool is made for: AsyncHTTPClient has these per client, not per request.
    private struct PoolKey: Hashable {
        let proxy: OutboundProxy?
        let connectTime: Duration
    }

    private struct State {
        var pools: [PoolKey: PooledClient] = [:]
        var configurations: [OutboundTrust: TLSConfiguration] = [:]
        var isShutDown = false
    }

    private let settings: Settings
    private let logger: Logger?
    private let state = Mutex(State())

    public init(_ settings: Settings = Settings(), logger: Logger? = nil) {
        self.settings = settings
        self.logger = logger
    }

    /// Sends a request and returns when the answer's head has arrived; a streamed body goes on being sent behind an early answer.
    ///
    /// Throws `OutboundError`; `CancellationError` in a cancelled task; what a streamed body throws.
    public func send(_ request: OutboundRequest) async throws -> WharfHTTP.HTTPClientResponse {
        try Task.checkCancellation()
        guard request.headers.isSafe, request.method.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw OutboundError(.invalid, "the request's header holds bytes that can't be sent")
        }
        let pool = try pool(for: request)
        let exchange = OutboundExchange(request, stallTime: settings.stallTime, headerLimit: settings.headerLimit)
        let failure = SourceFailure()
        let prepared: PooledClient.Request
        do {
            prepared = try PooledClient.Request(
                url: request.url.description, method: HTTPMethod(rawValue: request.method), headers: Self.headers(request),
                body: Self.body(request.content, exchange, failure),
                tlsConfiguration: request.url.scheme == .https ? try configuration(request.trust) : nil)
        } catch let error as OutboundError {
            throw error
        } catch {
            throw OutboundError(.invalid, "\(request.url) can't be asked: \(error)")
        }
        exchange.started(pool.execute(request: prepared, delegate: exchange, eventLoop: .indifferent, logger: logger))
        do {
            return try await exchange.answer()
        } catch {
            if let cause = failure.error { throw cause }
            try Task.checkCancellation()
            throw error
        }
    }

    /// Closes every connection. Requests that are under way fail.
    public func shutdown() async {
        let pools = state.withLock { state in
            state.isShutDown = true
            defer { state.pools = [:] }
            return state.pools
        }
        for pool in pools.values {
            // Nothing can be done about a connection that does not close.
            try? await pool.shutdown()
        }
    }

    // MARK: Parts of a request

    /// A connection that a body was sent on is not used again: an answer that comes before the body's end, on a connection that
    /// then breaks, would stop the process (AsyncHTTPClient 1.37 gives it back to a pool that has forgotten it).
    private static func headers(_ request: OutboundRequest) -> NIOHTTP1.HTTPHeaders {
        var headers = request.headers.nio
        switch request.content {
        case .none: break
        case .bytes(let bytes): if !bytes.isEmpty { headers.replaceOrAdd(name: "Connection", value: "close") }
        case .stream: headers.replaceOrAdd(name: "Connection", value: "close")
        }
        return headers
    }

    private static func body(
        _ content: WharfHTTP.HTTPClientRequest.Content, _ exchange: OutboundExchange, _ failure: SourceFailure
    ) -> PooledClient.Body? {
        switch content {
        case .none: return nil
        case .bytes(let bytes): return .byteBuffer(ByteBuffer(bytes: bytes))
        case .stream(let body):
            return .stream(contentLength: body.length.map { Int64($0) }) { writer in
                let promise = MultiThreadedEventLoopGroup.singleton.any().makePromise(of: Void.self)
                promise.completeWithTask {
                    do {
                        for try await chunk in body {
                            exchange.sending(true)
                            try await writer.write(.byteBuffer(ByteBuffer(bytes: chunk))).get()
                            exchange.sending(false)
                        }
                    } catch {
                        // An early answer, or the end of the connection, says more than the write that it broke.
                        if !(error is ChannelError || error is IOError || error is HTTPClientError) { failure.error = error }
                        throw error
                    }
                }
                return promise.futureResult
            }
        }
    }

    private func configuration(_ trust: OutboundTrust) throws(OutboundError) -> TLSConfiguration {
        if let known = state.withLock({ $0.configurations[trust] }) { return known }
        let made = try trust.configuration()
        state.withLock { $0.configurations[trust] = made }
        return made
    }

    private func pool(for request: OutboundRequest) throws -> PooledClient {
        let proxy: OutboundProxy?
        do {
            proxy = try settings.proxies.proxy(for: request.url)
        } catch {
            throw OutboundError(.invalid, error.message)
        }
        let key = PoolKey(proxy: proxy, connectTime: request.connectTime ?? settings.connectTime)
        let pool = state.withLock { state -> PooledClient? in
            if state.isShutDown { return nil }
            if let pool = state.pools[key] { return pool }
            let made = make(key)
            state.pools[key] = made
            return made
        }
        guard let pool else { throw OutboundError(.unreachable, "the client has been shut down") }
        return pool
    }

    private func make(_ key: PoolKey) -> PooledClient {
        var configuration = PooledClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        configuration.timeout.connect = TimeAmount(key.connectTime)
        configuration.connectionPool.idleTimeout = TimeAmount(settings.idleTime)
        // A soft limit that queues; how much runs at once is for the callers to say.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.proxy = key.proxy.map { proxy in
            switch proxy.kind {
            case .socks5: .socksServer(host: proxy.host, port: proxy.port)
            case .http:
                .server(host: proxy.host, port: proxy.port, authorization: proxy.credentials.map { .basic(credentials: $0) })
            }
        }
        return PooledClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
    }
}

/// What the source of a streamed body threw.
private final class SourceFailure: Sendable {
    private let first = Mutex<(any Error)?>(nil)

    var error: (any Error)? {
        get { first.withLock { $0 } }
        set { first.withLock { $0 = $0 ?? newValue } }
    }
}
