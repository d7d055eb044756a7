// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One step of an image's removal.

public import WharfJSON

/// An element of the answer to `DELETE /images/{name}`: exactly one of the two is set.
public struct ImageDeleteItem: Sendable, Equatable, Decodable, JSONWritable {
    /// An image id.
    public var deleted: String = ""
    /// A reference.
    public var untagged: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(deleted: String, untagged: String = "") {
        self.deleted = deleted
        self.untagged = untagged
    }

    private enum CodingKeys: String, CodingKey {
        case deleted = "Deleted"
        case untagged = "Untagged"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Deleted", deleted)
            o.nonEmpty("Untagged", untagged)
        }
    }
}
