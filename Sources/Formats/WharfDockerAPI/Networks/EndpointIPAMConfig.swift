// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The addresses that a container asks for in a network.

public import WharfJSON

/// `IPAMConfig` of endpoint settings.
public struct EndpointIPAMConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var ipv4Address: String = ""
    public var ipv6Address: String = ""
    public var linkLocalIPs: [String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(ipv4Address: String, ipv6Address: String = "", linkLocalIPs: [String]? = nil) {
        self.ipv4Address = ipv4Address
        self.ipv6Address = ipv6Address
        self.linkLocalIPs = linkLocalIPs
    }

    private enum CodingKeys: String, CodingKey {
        case ipv4Address = "IPv4Address"
        case ipv6Address = "IPv6Address"
        case linkLocalIPs = "LinkLocalIPs"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("IPv4Address", ipv4Address)
            o.nonEmpty("IPv6Address", ipv6Address)
            o.nonEmpty("LinkLocalIPs", linkLocalIPs ?? [])
        }
    }
}
