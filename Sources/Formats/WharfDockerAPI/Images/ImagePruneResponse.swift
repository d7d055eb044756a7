// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /images/prune`.

public import WharfJSON

/// What a prune of images removed.
public struct ImagePruneResponse: Sendable, Equatable, Decodable, JSONWritable {
    /// nil is Docker's `null`: nothing.
    public var imagesDeleted: [ImageDeleteItem]?
    /// Bytes.
    public var spaceReclaimed: Int64 = 0

    /// All fields, in the order of the description.
    public init(imagesDeleted: [ImageDeleteItem]? = nil, spaceReclaimed: Int64 = 0) {
        self.imagesDeleted = imagesDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case imagesDeleted = "ImagesDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ImagesDeleted", imagesDeleted)
            o.field("SpaceReclaimed", spaceReclaimed)
        }
    }
}
