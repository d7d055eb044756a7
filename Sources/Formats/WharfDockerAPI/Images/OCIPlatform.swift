// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A platform as the API shows it.

public import WharfJSON

/// `platform` of a descriptor.
public struct OCIPlatform: Sendable, Equatable, Decodable, JSONWritable {
    public var architecture: String = ""
    public var os: String = ""
    public var osVersion: String = ""
    public var osFeatures: [String]?
    public var variant: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case architecture
        case os
        case osVersion = "os.version"
        case osFeatures = "os.features"
        case variant
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("architecture", architecture)
            o.field("os", os)
            o.nonEmpty("os.version", osVersion)
            o.nonEmpty("os.features", osFeatures ?? [])
            o.nonEmpty("variant", variant)
        }
    }
}
