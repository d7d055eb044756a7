// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The resolvers that the host itself uses. The file is read for each question that leaves the networks: it is small, and a
// host that moved to another network is followed at once.

public import NIOCore
public import WharfBlocking
public import WharfDNS
public import WharfLinux

/// The host's resolv.conf.
public struct HostResolvers: Sendable {
    /// The longest file that is read.
    private static let limit = 1 << 16

    private let path: HostPath
    private let blocking: Blocking

    public init(_ path: HostPath = HostPath("/etc/resolv.conf"), blocking: Blocking) {
        self.path = path
        self.blocking = blocking
    }

    /// What the file says now; nothing where it can't be read.
    public func settings() async -> ResolverSettings {
        let path = path
        // A host without the file asks nobody.
        guard let text = try? await blocking.own({ try path.read(limit: HostResolvers.limit) }) else { return ResolverSettings() }
        return ResolverSettings(reading: text)
    }

    /// Where its servers listen.
    public func servers() async -> [SocketAddress] { HostResolvers.addresses(of: await settings().servers) }

    /// The addresses among the words; an address that is bound to an interface (`fe80::1%eth0`) can't be asked from elsewhere.
    public static func addresses(of servers: [String]) -> [SocketAddress] {
        // What is no address is no server.
        servers.compactMap { try? SocketAddress(ipAddress: $0, port: 53) }
    }
}
