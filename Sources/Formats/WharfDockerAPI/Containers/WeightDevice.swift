// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A block device's share of I/O time.

public import WharfJSON

/// `HostConfig.BlkioWeightDevice[]`.
public struct WeightDevice: Sendable, Equatable, Decodable, JSONWritable {
    public var path: String = ""
    public var weight: UInt16 = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(path: String, weight: UInt16 = 0) {
        self.path = path
        self.weight = weight
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case weight = "Weight"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Path", path)
            o.field("Weight", weight)
        }
    }
}
