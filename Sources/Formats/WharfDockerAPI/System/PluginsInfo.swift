// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The drivers that a daemon has, per kind.

public import WharfJSON

/// `Plugins` of the info answer.
public struct PluginsInfo: Sendable, Equatable, Decodable, JSONWritable {
    public var volume: [String]?
    public var network: [String]?
    public var authorization: [String]?
    public var log: [String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(volume: [String]?, network: [String]? = nil, authorization: [String]? = nil, log: [String]? = nil) {
        self.volume = volume
        self.network = network
        self.authorization = authorization
        self.log = log
    }

    private enum CodingKeys: String, CodingKey {
        case volume = "Volume"
        case network = "Network"
        case authorization = "Authorization"
        case log = "Log"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Volume", volume)
            o.field("Network", network)
            o.field("Authorization", authorization)
            o.field("Log", log)
        }
    }
}
