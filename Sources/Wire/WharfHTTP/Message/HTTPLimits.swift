// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What one connection may cost. Bodies have no limit here: they are streams, and who collects one names a cap.

import NIOHTTP1

/// Caps of a connection.
public struct HTTPLimits: Sendable {
    /// Bytes of one header field, and of the request line.
    public var headerField = 64 * 1024
    /// Bytes of all header fields of a message.
    public var headerList = 256 * 1024
    /// Number of header fields of a message.
    public var headerCount = 256
    /// From a head's first byte to its last.
    public var headerTime = Duration.seconds(30)
    /// A connection with no request on it is closed after this.
    public var idleTime = Duration.seconds(600)
    /// How long the rest of a body that nobody wanted is read, so that the answer is not lost.
    public var drainTime = Duration.seconds(10)

    public init() {}

    var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerField
        limits.maxHeaderListSize = headerList
        limits.maxHeaderFieldCount = headerCount
        return limits
    }
}
