// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A range from which networks get their subnets.

public import WharfJSON

/// `DefaultAddressPools[]` of the info answer.
public struct NetworkAddressPool: Sendable, Equatable, Decodable, JSONWritable {
    public var base: String = ""
    public var size: Int = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(base: String, size: Int = 0) {
        self.base = base
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case base = "Base"
        case size = "Size"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Base", base)
            o.field("Size", size)
        }
    }
}
