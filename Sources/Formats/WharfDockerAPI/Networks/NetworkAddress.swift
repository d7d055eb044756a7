// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An address with its prefix length.

public import WharfJSON

/// An element of the secondary address lists.
public struct NetworkAddress: Sendable, Equatable, Decodable, JSONWritable {
    public var address: String = ""
    public var prefixLength: Int = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(address: String, prefixLength: Int = 0) {
        self.address = address
        self.prefixLength = prefixLength
    }

    private enum CodingKeys: String, CodingKey {
        case address = "Addr"
        case prefixLength = "PrefixLen"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Addr", address)
            o.field("PrefixLen", prefixLength)
        }
    }
}
