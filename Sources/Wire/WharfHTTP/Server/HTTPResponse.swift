// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a handler answers: a status, fields, and what follows them. The head is sent when the handler has returned, so
// everything that can fail with a status fails before; a stream or a hijacked connection runs behind it.

public import WharfLinux

/// A connection that left HTTP, for those who don't know WharfLinux by name.
public typealias HTTPHijackedConnection = HijackedConnection

/// An answer.
public struct HTTPResponse: Sendable {
    /// What follows the head.
    public enum Content: Sendable {
        case none
        /// Bytes in memory, sent with `Content-Length`.
        case bytes([UInt8])
        /// The head is sent at once, then the closure writes. Throwing breaks the connection off, so that the client
        /// can't take what it has for the whole.
        case stream(whenGone: GoneClient, @Sendable (HTTPResponseWriter) async throws -> Void)
        /// A stream whose head waits for its first chunk: what the closure throws before that becomes the answer that `refuse`
        /// makes of it, with a status of its own.
        case lateStream(
            whenGone: GoneClient, refuse: @Sendable (any Error) -> HTTPResponse, @Sendable (HTTPResponseWriter) async throws -> Void)
        /// The connection leaves HTTP: the head is sent, then the closure owns the socket (non-blocking).
        case hijack(@Sendable (HijackedConnection) async -> Void)
    }

    /// What a client that goes away means for a stream.
    public enum GoneClient: Sendable {
        /// The closure's task is cancelled: it works for this client only (logs, events, wait).
        case cancels
        /// The closure goes on and its writes vanish: it changes something (load, pull).
        case isIgnored
    }

    public var status: Int
    public var headers: HTTPHeaders
    public var content: Content

    public init(_ status: Int, headers: HTTPHeaders = HTTPHeaders(), content: Content = .none) {
        self.status = status
        self.headers = headers
        self.content = content
    }

    /// Leaves HTTP: 101 with the protocol that the client asked for, or plain 200 where it sent no `Upgrade`, as
    /// clients did before 2014 and some still do.
    public static func hijack(
        _ request: HTTPRequest, contentType: String, _ run: @escaping @Sendable (HijackedConnection) async -> Void
    ) -> HTTPResponse {
        var headers: HTTPHeaders = ["Content-Type": contentType]
        guard let name = request.upgrade else { return HTTPResponse(200, headers: headers, content: .hijack(run)) }
        headers.add("Connection", "Upgrade")
        headers.add("Upgrade", name)
        return HTTPResponse(101, headers: headers, content: .hijack(run))
    }
}

extension HTTPResponse {
    /// The reason phrase of a status (RFC 9110, and Docker's own words for 101).
    static func reason(_ status: Int) -> String {
        switch status {
        case 101: "UPGRADED"
        case 200: "OK"
        case 201: "Created"
        case 204: "No Content"
        case 304: "Not Modified"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 415: "Unsupported Media Type"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        default: "Status"
        }
    }

    /// An error in the one shape that errors have: `{"message": "…"}`. `message` is plain ASCII without quotes.
    static func plainError(_ status: Int, _ message: StaticString) -> HTTPResponse {
        HTTPResponse(status, headers: ["Content-Type": "application/json"], content: .bytes(Array("{\"message\":\"\(message)\"}\n".utf8)))
    }

    /// The head and a body in memory as they travel, for answers that go past the encoder.
    var rawBytes: [UInt8] {
        var text = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        for (name, value) in headers.fields { text += "\(name): \(value)\r\n" }
        guard case .bytes(let body) = content else { return Array((text + "\r\n").utf8) }
        return Array((text + "Content-Length: \(body.count)\r\n\r\n").utf8) + body
    }
}
