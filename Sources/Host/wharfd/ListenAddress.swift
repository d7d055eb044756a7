// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `--host`: where to listen. A unix socket is guarded by its mode; a TCP port by nothing, so it must be asked for twice.

import WharfError
import WharfHTTP
import WharfLinux

/// Parses addresses in dockerd's form.
enum ListenAddress {
    /// - Parameters:
    ///   - allowsInsecureTCP: whether `--insecure-tcp` was given.
    ///   - here: what a relative socket path is relative to.
    /// - Throws: `invalidArgument` with what is wrong.
    static func parse(_ text: String, allowsInsecureTCP: Bool, here: HostPath) throws(WharfError) -> HTTPEndpoint {
        let (scheme, rest) = split(text)
        switch scheme {
        case "unix":
            guard !rest.isEmpty else { throw WharfError(.invalidArgument, "invalid bind address (\(text)): no path") }
            return .unix(path: rest.utf8.first == UInt8(ascii: "/") ? rest : (here / rest).description)
        case "tcp":
            guard allowsInsecureTCP else {
                throw WharfError(
                    .invalidArgument,
                    "\(text): listening on TCP without TLS makes everybody who reaches the port root on this machine; --insecure-tcp allows it"
                )
            }
            return try tcp(rest, of: text)
        case "fd":
            throw WharfError(.notImplemented, "\(text): sockets of systemd are not supported")
        default:
            throw WharfError(.invalidArgument, "invalid bind address (\(text)): unix:///path or tcp://address:port is expected")
        }
    }

    private static func split(_ text: String) -> (scheme: String, rest: String) {
        let bytes = Array(text.utf8)
        let mark = Array("://".utf8)
        for start in bytes.indices where bytes[start...].starts(with: mark) {
            return (String(decoding: bytes[..<start], as: UTF8.self), String(decoding: bytes[(start + 3)...], as: UTF8.self))
        }
        return ("", text)
    }

    /// `address:port`, `[v6]:port`, `:port`.
    private static func tcp(_ rest: String, of text: String) throws(WharfError) -> HTTPEndpoint {
        let bytes = Array(rest.utf8)
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), let port = UInt16(String(decoding: bytes[(colon + 1)...], as: UTF8.self))
        else {
            throw WharfError(.invalidArgument, "invalid bind address (\(text)): a port is missing")
        }
        var host = bytes[..<colon]
        if host.first == UInt8(ascii: "["), host.last == UInt8(ascii: "]") { host = host.dropFirst().dropLast() }
        // dockerd's default: not the whole world.
        return .tcp(host: host.isEmpty ? "127.0.0.1" : String(decoding: host, as: UTF8.self), port: Int(port))
    }
}
