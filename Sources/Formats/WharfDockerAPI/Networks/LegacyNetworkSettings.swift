// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fields that `NetworkSettings` had before API 1.52, when the default network's endpoint was repeated on top.

public import WharfJSON

/// Fields of `NetworkSettings` up to API 1.51; they stand flat in its object.
public struct LegacyNetworkSettings: Sendable, Equatable, Decodable, JSONWritable {
    public var bridge: String = ""
    public var hairpinMode: Bool = false
    public var linkLocalIPv6Address: String = ""
    public var linkLocalIPv6PrefixLen: Int = 0
    public var secondaryIPAddresses: [NetworkAddress]?
    public var secondaryIPv6Addresses: [NetworkAddress]?
    public var endpointID: String = ""
    public var gateway: String = ""
    public var globalIPv6Address: String = ""
    public var globalIPv6PrefixLen: Int = 0
    public var ipAddress: String = ""
    public var ipPrefixLen: Int = 0
    public var ipv6Gateway: String = ""
    public var macAddress: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case bridge = "Bridge"
        case hairpinMode = "HairpinMode"
        case linkLocalIPv6Address = "LinkLocalIPv6Address"
        case linkLocalIPv6PrefixLen = "LinkLocalIPv6PrefixLen"
        case secondaryIPAddresses = "SecondaryIPAddresses"
        case secondaryIPv6Addresses = "SecondaryIPv6Addresses"
        case endpointID = "EndpointID"
        case gateway = "Gateway"
        case globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
        case ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway"
        case macAddress = "MacAddress"
    }

    /// One object with the members.
    public func write(to json: inout JSONWriter) { json.object { writeMembers(to: &$0) } }

    /// The members alone, into the object of the type that embeds this one.
    func writeMembers(to o: inout JSONWriter) {
        o.field("Bridge", bridge)
        o.field("HairpinMode", hairpinMode)
        o.field("LinkLocalIPv6Address", linkLocalIPv6Address)
        o.field("LinkLocalIPv6PrefixLen", linkLocalIPv6PrefixLen)
        o.field("SecondaryIPAddresses", secondaryIPAddresses)
        o.field("SecondaryIPv6Addresses", secondaryIPv6Addresses)
        o.field("EndpointID", endpointID)
        o.field("Gateway", gateway)
        o.field("GlobalIPv6Address", globalIPv6Address)
        o.field("GlobalIPv6PrefixLen", globalIPv6PrefixLen)
        o.field("IPAddress", ipAddress)
        o.field("IPPrefixLen", ipPrefixLen)
        o.field("IPv6Gateway", ipv6Gateway)
        o.field("MacAddress", macAddress)
    }
}
