// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A platform as the API shows it.

public import WharfJSON

/// `platform` of a descriptor.
public struct OCIPlatform: Sendable, Equatable, Decodable, JSONReadable, JSONWritable {
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

    /// The same as by `Decodable`, but for keys in another case.
    public init(reading json: JSONFields) throws(JSONError) {
        architecture = try json.read("architecture")
        os = try json.read("os")
        osVersion = try json.read("os.version")
        if json.value("os.features") != nil { osFeatures = try json.read("os.features") }
        variant = try json.read("variant")
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
