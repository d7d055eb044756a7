// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A request to another machine.

public import WharfHTTP

/// What is sent, where to, and whom to trust there.
public struct OutboundRequest: Sendable {
    /// `GET`, `PUT`, …
    public var method: String
    public var url: WebURL
    public var headers: HTTPHeaders
    /// A stream with a known length is sent with `Content-Length`, one without as chunks.
    public var content: HTTPClientRequest.Content
    public var trust: OutboundTrust
    /// How long the answer's head may take once all is sent; nil is the client's stall time.
    public var answerTime: Duration?
    /// How long connecting may take; nil is the client's.
    public var connectTime: Duration?

    public init(
        _ method: String, _ url: WebURL, headers: HTTPHeaders = HTTPHeaders(), content: HTTPClientRequest.Content = .none,
        trust: OutboundTrust = .system
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.content = content
        self.trust = trust
    }
}
