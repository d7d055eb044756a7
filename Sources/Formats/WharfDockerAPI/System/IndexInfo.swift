// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One registry in the info answer.

public import WharfJSON

/// `RegistryConfig.IndexConfigs[name]`.
public struct IndexInfo: Sendable, Equatable, Decodable, JSONWritable {
    public var name: String = ""
    public var mirrors: [String] = []
    public var secure: Bool = false
    public var official: Bool = false

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(name: String, mirrors: [String] = [], secure: Bool = false, official: Bool = false) {
        self.name = name
        self.mirrors = mirrors
        self.secure = secure
        self.official = official
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case mirrors = "Mirrors"
        case secure = "Secure"
        case official = "Official"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Name", name)
            o.field("Mirrors", mirrors)
            o.field("Secure", secure)
            o.field("Official", official)
        }
    }
}
