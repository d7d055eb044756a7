// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One part of the product in the answer to `GET /version`.

public import WharfJSON

/// `Components[]` of the version answer.
public struct ComponentVersion: Sendable, Equatable, Decodable, JSONWritable {
    public var name: String = ""
    public var version: String = ""
    public var details: [String: String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(name: String, version: String = "", details: [String: String]? = nil) {
        self.name = name
        self.version = version
        self.details = details
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case version = "Version"
        case details = "Details"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Name", name)
            o.field("Version", version)
            o.nonEmpty("Details", details ?? [:])
        }
    }
}
