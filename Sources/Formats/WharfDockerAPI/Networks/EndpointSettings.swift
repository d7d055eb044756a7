// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container's place in one network: what was asked for, and what it got.

public import WharfJSON

/// `NetworkSettings.Networks[name]` and `NetworkingConfig.EndpointsConfig[name]`.
public struct EndpointSettings: Sendable, Equatable, Decodable, JSONWritable {
    public var ipamConfig: EndpointIPAMConfig?
    public var links: [String]?
    public var aliases: [String]?
    public var macAddress: String = ""
    public var driverOpts: [String: String]?
    public var gwPriority: Int = 0
    public var networkID: String = ""
    public var endpointID: String = ""
    public var gateway: String = ""
    public var ipAddress: String = ""
    public var ipPrefixLen: Int = 0
    public var ipv6Gateway: String = ""
    public var globalIPv6Address: String = ""
    public var globalIPv6PrefixLen: Int = 0
    public var dnsNames: [String]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case ipamConfig = "IPAMConfig"
        case links = "Links"
        case aliases = "Aliases"
        case macAddress = "MacAddress"
        case driverOpts = "DriverOpts"
        case gwPriority = "GwPriority"
        case networkID = "NetworkID"
        case endpointID = "EndpointID"
        case gateway = "Gateway"
        case ipAddress = "IPAddress"
        case ipPrefixLen = "IPPrefixLen"
        case ipv6Gateway = "IPv6Gateway"
        case globalIPv6Address = "GlobalIPv6Address"
        case globalIPv6PrefixLen = "GlobalIPv6PrefixLen"
        case dnsNames = "DNSNames"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("IPAMConfig", ipamConfig)
            o.field("Links", links)
            o.field("Aliases", aliases)
            o.field("MacAddress", macAddress)
            o.field("DriverOpts", driverOpts)
            o.field("GwPriority", gwPriority)
            o.field("NetworkID", networkID)
            o.field("EndpointID", endpointID)
            o.field("Gateway", gateway)
            o.field("IPAddress", ipAddress)
            o.field("IPPrefixLen", ipPrefixLen)
            o.field("IPv6Gateway", ipv6Gateway)
            o.field("GlobalIPv6Address", globalIPv6Address)
            o.field("GlobalIPv6PrefixLen", globalIPv6PrefixLen)
            o.field("DNSNames", dnsNames)
        }
    }
}
