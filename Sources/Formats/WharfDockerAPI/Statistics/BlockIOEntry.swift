// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One count of one block device.

public import WharfJSON

/// A device and a number.
public struct BlockIOEntry: Sendable, Equatable, Decodable, JSONWritable {
    public var major: UInt64
    public var minor: UInt64
    /// `Read` on version 1, `read` on version 2; empty where there is one number only.
    public var operation: String
    public var value: UInt64

    /// All fields, in the order of the description.
    public init(major: UInt64, minor: UInt64, operation: String, value: UInt64) {
        self.major = major
        self.minor = minor
        self.operation = operation
        self.value = value
    }

    private enum CodingKeys: String, CodingKey {
        case major, minor, value
        case operation = "op"
    }

    /// Docker's keys.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("major", major)
            o.field("minor", minor)
            o.field("op", operation)
            o.field("value", value)
        }
    }
}
