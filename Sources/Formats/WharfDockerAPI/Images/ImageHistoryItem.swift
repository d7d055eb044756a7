// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One step of an image's history.

public import WharfJSON

/// An element of the answer to `GET /images/{name}/history`.
public struct ImageHistoryItem: Sendable, Equatable, Decodable, JSONWritable {
    public var comment: String = ""
    /// Seconds since 1970.
    public var created: Int64 = 0
    public var createdBy: String = ""
    /// `<missing>` for steps that left no image.
    public var id: String = ""
    public var size: Int64 = 0
    public var tags: [String]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case comment = "Comment"
        case created = "Created"
        case createdBy = "CreatedBy"
        case id = "Id"
        case size = "Size"
        case tags = "Tags"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Comment", comment)
            o.field("Created", created)
            o.field("CreatedBy", createdBy)
            o.field("Id", id)
            o.field("Size", size)
            o.field("Tags", tags)
        }
    }
}
