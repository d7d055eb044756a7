// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the client sends and what it gets back.

public import WharfLinux

/// A request of the client.
public struct HTTPClientRequest: Sendable {
    /// The body to send.
    public enum Content: Sendable {
        /// No body and no length field (GET, HEAD, DELETE).
        case none
        /// Bytes in memory; sent with `Content-Length`, also when empty.
        case bytes([UInt8])
        /// A stream, sent as chunks as it comes.
        case stream(HTTPBody)
    }

    /// `GET`, `POST`, …
    public var method: String
    /// Path and query as they go on the wire, already escaped: `/v1.56/containers/json?all=1`.
    public var target: String
    public var headers: HTTPHeaders
    public var content: Content

    public init(_ method: String, _ target: String, headers: HTTPHeaders = HTTPHeaders(), content: Content = .none) {
        self.method = method
        self.target = target
        self.headers = headers
        self.content = content
    }
}

/// The answer to a request: the head has arrived, the body is still coming.
public struct HTTPClientResponse: Sendable {
    public let status: Int
    public let headers: HTTPHeaders
    /// Dropping it unread (or leaving the iteration) closes the connection.
    public let body: HTTPBody

    public init(status: Int, headers: HTTPHeaders, body: HTTPBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The answer to a hijacking request.
public enum HTTPHijackResult: Sendable {
    /// The server switched (101, or 200 from an old one): the connection is raw from here on.
    case switched(status: Int, headers: HTTPHeaders, HijackedConnection)
    /// The server declined; an ordinary answer.
    case declined(HTTPClientResponse)
}
