// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which log driver a container uses, and its options.

public import WharfJSON

/// `HostConfig.LogConfig`.
public struct LogConfig: Sendable, Equatable, Decodable, JSONWritable {
    /// `json-file`, `local`, `none`; empty: the daemon's default.
    public var type: String = ""
    public var config: [String: String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(type: String, config: [String: String]? = nil) {
        self.type = type
        self.config = config
    }

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case config = "Config"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Type", type)
            o.field("Config", config)
        }
    }
}
