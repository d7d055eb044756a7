// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which daemon to talk to: the -H flag, else the environment, else the socket of this machine.

import WharfError
import WharfHTTP

/// A daemon's address as people write it.
public struct EngineHost: Sendable, Equatable, CustomStringConvertible {
    /// As written: `unix:///run/wharf.sock`, `tcp://127.0.0.1:2375`.
    public let description: String
    let endpoint: HTTPEndpoint

    /// The daemon of this machine.
    public static let standard = "unix:///run/wharf.sock"

    /// Reads an address. Throws `invalidArgument` for one that can't be used.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].hasPrefix("//") else {
            throw WharfError(.invalidArgument, "unable to parse host `\(text)`: expected unix://PATH or tcp://HOST:PORT")
        }
        let address = String(parts[1].dropFirst(2))
        switch parts[0] {
        case "unix":
            guard !address.isEmpty else { throw WharfError(.invalidArgument, "unable to parse host `\(text)`: no socket path") }
            endpoint = .unix(path: address)
        case "tcp", "http":
            endpoint = try Self.tcp(address, in: text)
        default:
            throw WharfError(.invalidArgument, "unable to parse host `\(text)`: unsupported protocol \(parts[0])")
        }
        description = text
    }

    /// The address to use: `flag`, WHARF_HOST, DOCKER_HOST, the standard one; the first that is not empty.
    public static func resolve(flag: String, environment: (String) -> String?) throws -> EngineHost {
        for candidate in [flag, environment("WHARF_HOST") ?? "", environment("DOCKER_HOST") ?? ""] where !candidate.isEmpty {
            return try EngineHost(candidate)
        }
        return try EngineHost(standard)
    }

    /// `host`, `host:port`, `[v6]:port`, with anything behind a slash ignored. The port is 2375 unless given.
    private static func tcp(_ address: String, in text: String) throws -> HTTPEndpoint {
        let authority = String(address.prefix { $0 != "/" })
        var host = authority
        var port = 2375
        let isBareV6 = authority.hasPrefix("[") && authority.hasSuffix("]")
        if !isBareV6, let colon = authority.lastIndex(of: ":") {
            guard let number = UInt16(authority[authority.index(after: colon)...]) else {
                throw WharfError(.invalidArgument, "unable to parse host `\(text)`: invalid port")
            }
            host = String(authority[..<colon])
            port = Int(number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return .tcp(host: host.isEmpty ? "127.0.0.1" : host, port: port)
    }
}
