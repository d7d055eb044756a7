// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which networks a container joins at its creation.

public import WharfJSON

/// `NetworkingConfig` of a create body: network name to endpoint settings.
public struct NetworkingConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var endpointsConfig: [String: EndpointSettings?]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(endpointsConfig: [String: EndpointSettings?]?) {
        self.endpointsConfig = endpointsConfig
    }

    private enum CodingKeys: String, CodingKey {
        case endpointsConfig = "EndpointsConfig"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("EndpointsConfig", endpointsConfig)
        }
    }
}
