// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container's place in its networks as inspect shows it. Up to API 1.51 the endpoint of the default network was
// repeated flat at the top; those fields are `legacy` here and leave with one assignment.

public import WharfJSON

/// `NetworkSettings` of container inspect.
public struct NetworkSettings: Sendable, Equatable, Decodable, JSONWritable {
    public var sandboxID: String = ""
    /// The path that keeps the network namespace.
    public var sandboxKey: String = ""
    /// Keys are `80/tcp`; a list is nil for a port that is exposed but not published.
    public var ports: [String: [PortBinding]?] = [:]
    /// Flat in the object, up to API 1.51; nil later.
    public var legacy: LegacyNetworkSettings? = LegacyNetworkSettings()
    /// Network name to endpoint.
    public var networks: [String: EndpointSettings] = [:]

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case sandboxID = "SandboxID"
        case sandboxKey = "SandboxKey"
        case ports = "Ports"
        case networks = "Networks"
        case bridge = "Bridge"
    }

    /// Takes the old fields when the sender still writes them.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        sandboxID = try container.decode(String.self, forKey: .sandboxID)
        sandboxKey = try container.decode(String.self, forKey: .sandboxKey)
        ports = try container.decode([String: [PortBinding]?].self, forKey: .ports)
        networks = try container.decode([String: EndpointSettings].self, forKey: .networks)
        legacy = container.contains(.bridge) ? try LegacyNetworkSettings(from: decoder) : nil
    }

    /// The order of keys differs from Docker's, which no reader minds.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("SandboxID", sandboxID)
            o.field("SandboxKey", sandboxKey)
            o.field("Ports", ports)
            legacy?.writeMembers(to: &o)
            o.field("Networks", networks)
        }
    }
}
