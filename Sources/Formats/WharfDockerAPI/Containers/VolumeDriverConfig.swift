// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The driver of a volume that a mount creates.

public import WharfJSON

/// `Mounts[].VolumeOptions.DriverConfig`.
public struct VolumeDriverConfig: Sendable, Equatable, Decodable, JSONWritable {
    public var name: String = ""
    public var options: [String: String]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(name: String, options: [String: String]? = nil) {
        self.name = name
        self.options = options
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case options = "Options"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Name", name)
            o.nonEmpty("Options", options ?? [:])
        }
    }
}
