// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Where a server listens and a client connects.

/// An address that speaks HTTP/1.1.
public enum HTTPEndpoint: Sendable, Equatable, CustomStringConvertible {
    /// A unix stream socket at an absolute or relative path; it may be longer than the 107 bytes of an address.
    case unix(path: String)
    /// A TCP port of a numeric address or host name. Plain, without TLS.
    case tcp(host: String, port: Int)

    /// As on a command line: `unix:///run/wharf/wharf.sock`, `tcp://127.0.0.1:2375`.
    public var description: String {
        switch self {
        case .unix(let path): "unix://\(path)"
        case .tcp(let host, let port): host.utf8.contains(0x3A) ? "tcp://[\(host)]:\(port)" : "tcp://\(host):\(port)"
        }
    }
}
