// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The answer to `POST /containers/prune`.

public import WharfJSON

/// What a prune of containers removed.
public struct ContainerPruneResponse: Sendable, Equatable, Decodable, JSONWritable {
    /// Ids; nil is Docker's `null`: nothing.
    public var containersDeleted: [String]?
    /// Bytes.
    public var spaceReclaimed: Int64 = 0

    /// All fields, in the order of the description.
    public init(containersDeleted: [String]? = nil, spaceReclaimed: Int64 = 0) {
        self.containersDeleted = containersDeleted
        self.spaceReclaimed = spaceReclaimed
    }

    private enum CodingKeys: String, CodingKey {
        case containersDeleted = "ContainersDeleted"
        case spaceReclaimed = "SpaceReclaimed"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("ContainersDeleted", containersDeleted)
            o.field("SpaceReclaimed", spaceReclaimed)
        }
    }
}
