// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A request as a handler gets it: head parsed once, body still coming.

/// A request of a client.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST`, …, as sent.
    public let method: String
    /// The target of the request line as sent, for logs only.
    public let target: String
    /// The path's segments, decoded; never empty, `.` or `..`.
    public var path: [String]
    public let query: HTTPQuery
    public let headers: HTTPHeaders
    /// May be read once. What is left unread is thrown away behind the answer.
    public let body: HTTPBody
    /// What the route's pattern captured.
    public var parameters: [String: String] = [:]

    public init(
        method: String, target: String, path: [String], query: HTTPQuery = [:], headers: HTTPHeaders = [:], body: HTTPBody = HTTPBody()
    ) {
        self.method = method
        self.target = target
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The protocol that the client wants to change to (`tcp`, `h2c`, `websocket`), nil when it doesn't.
    public var upgrade: String? {
        headers.contains("Connection", token: "upgrade") ? headers["Upgrade"] : nil
    }
}
