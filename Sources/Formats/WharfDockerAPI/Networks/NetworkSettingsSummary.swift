// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The networks of a container as the list shows them.

public import WharfJSON

/// `NetworkSettings` of a container summary.
public struct NetworkSettingsSummary: Sendable, Equatable, Decodable, JSONWritable {
    public var networks: [String: EndpointSettings]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(networks: [String: EndpointSettings]?) {
        self.networks = networks
    }

    private enum CodingKeys: String, CodingKey {
        case networks = "Networks"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Networks", networks)
        }
    }
}
