// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which driver keeps a file system, and what it tells about it.

public import WharfJSON

/// `GraphDriver` of container and image inspect.
public struct DriverData: Sendable, Equatable, Decodable, JSONWritable {
    public var data: [String: String]?
    public var name: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(data: [String: String]?, name: String = "") {
        self.data = data
        self.name = name
    }

    private enum CodingKeys: String, CodingKey {
        case data = "Data"
        case name = "Name"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Data", data)
            o.field("Name", name)
        }
    }
}
