// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon itself knows of an image.

public import WharfJSON

/// `Metadata` of image inspect.
public struct ImageMetadata: Sendable, Equatable, Decodable, JSONWritable {
    public var lastTagTime: Timestamp = .zero

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(lastTagTime: Timestamp) {
        self.lastTagTime = lastTagTime
    }

    private enum CodingKeys: String, CodingKey {
        case lastTagTime = "LastTagTime"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("LastTagTime", lastTagTime)
        }
    }
}
