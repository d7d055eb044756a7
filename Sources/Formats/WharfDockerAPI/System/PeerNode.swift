// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A manager of a swarm.

public import WharfJSON

/// `Swarm.RemoteManagers[]`.
public struct PeerNode: Sendable, Equatable, Decodable, JSONWritable {
    public var nodeID: String = ""
    public var address: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(nodeID: String, address: String = "") {
        self.nodeID = nodeID
        self.address = address
    }

    private enum CodingKeys: String, CodingKey {
        case nodeID = "NodeID"
        case address = "Addr"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("NodeID", nodeID)
            o.field("Addr", address)
        }
    }
}
