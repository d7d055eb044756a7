// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Why a request to another machine got no answer, in classes that a caller can act on and words that people know from Docker.

internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import NIOSSL

/// No answer, or half of one.
public struct OutboundError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The name has no address.
        case unknownHost
        /// Nobody listens, or nobody can be reached.
        case unreachable
        /// The other side speaks no TLS.
        case notTLS
        /// The certificate is not one that is trusted for this host.
        case untrusted
        /// The connection ended early.
        case broken
        /// Nothing moved for too long.
        case stalled
        /// What came is not HTTP, or more of it than is read.
        case malformed
        /// The request itself can't be sent.
        case invalid
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// Classes an error of the libraries below. `isHTTPS`: whether TLS was to be spoken.
    init(_ error: any Error, to url: WebURL) {
        let place = "\(url.host):\(url.port)"
        switch error {
        case let error as OutboundError: self = error
        case let error as NIOConnectionError: self = Self.connection(error, place)
        case let error as IOError: self = Self.socket(error, place)
        case let error as HTTPClientError: self = Self.client(error, place)
        case let error as NIOSSLError: self = Self.tls("\(error)", place)
        case let error as NIOSSLExtraError:
            self.init(.untrusted, "tls: failed to verify certificate: x509: certificate is not valid for \(url.host) (\(error))")
        case let error as BoringSSLError: self = Self.tls("\(error)", place)
        case let error as HTTPParserError: self.init(.malformed, "malformed HTTP response: \(error)")
        case ChannelError.connectTimeout: self.init(.unreachable, "dial tcp \(place): i/o timeout")
        case is ChannelError: self.init(.broken, "unexpected EOF")
        default: self = Self.tls("\(error)", place)
        }
    }

    private static func connection(_ error: NIOConnectionError, _ place: String) -> OutboundError {
        if let first = error.connectionErrors.first {
            if let cause = first.error as? IOError { return OutboundError(.unreachable, "dial tcp \(place): connect: \(reason(cause))") }
            if case ChannelError.connectTimeout = first.error { return OutboundError(.unreachable, "dial tcp \(place): i/o timeout") }
            return OutboundError(.unreachable, "dial tcp \(place): \(first.error)")
        }
        return OutboundError(.unknownHost, "dial tcp: lookup \(error.host): no such host")
    }

    private static func socket(_ error: IOError, _ place: String) -> OutboundError {
        switch error.errnoCode {
        case ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT:
            OutboundError(.unreachable, "dial tcp \(place): connect: \(reason(error))")
        case ECONNRESET, EPIPE: OutboundError(.broken, "\(place): connection reset by peer")
        default: OutboundError(.broken, "\(place): \(error)")
        }
    }

    private static func reason(_ error: IOError) -> String {
        switch error.errnoCode {
        case ECONNREFUSED: "connection refused"
        case EHOSTUNREACH: "no route to host"
        case ENETUNREACH: "network is unreachable"
        case ETIMEDOUT: "connection timed out"
        default: "\(error)"
        }
    }

    private static func client(_ error: HTTPClientError, _ place: String) -> OutboundError {
        switch error {
        case .remoteConnectionClosed: OutboundError(.broken, "unexpected EOF")
        case .connectTimeout, .getConnectionFromPoolTimeout: OutboundError(.unreachable, "dial tcp \(place): i/o timeout")
        case .tlsHandshakeTimeout: OutboundError(.unreachable, "net/http: TLS handshake timeout")
        case .readTimeout, .writeTimeout, .deadlineExceeded: OutboundError(.stalled, "nothing moved for too long")
        case .bodyLengthMismatch: OutboundError(.broken, "the body that was sent is not as long as announced")
        case .proxyAuthenticationRequired: OutboundError(.unreachable, "the proxy before \(place) wants other credentials")
        case .invalidProxyResponse: OutboundError(.unreachable, "the proxy before \(place) refused to connect")
        default: OutboundError(.broken, "\(error)")
        }
    }

    private static func tls(_ text: String, _ place: String) -> OutboundError {
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") || text.contains("PACKET_LENGTH_TOO_LONG") {
            return OutboundError(.notTLS, "http: server gave HTTP response to HTTPS client")
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("unableToValidateCertificate") {
            return OutboundError(.untrusted, "tls: failed to verify certificate: x509: certificate signed by unknown authority")
        }
        if text.contains("handshakeFailed") || text.contains("SSL") || text.contains("TLS") {
            return OutboundError(.untrusted, "tls: handshake failed with \(place): \(text)")
        }
        return OutboundError(.broken, "\(place): \(text)")
    }
}
