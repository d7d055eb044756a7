// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the info answer says about swarm mode.

public import WharfJSON

/// `Swarm` of the info answer; inactive unless said otherwise.
public struct SwarmInfo: Sendable, Equatable, Decodable, JSONWritable {
    public var nodeID: String = ""
    public var nodeAddr: String = ""
    public var localNodeState: String = "inactive"
    public var controlAvailable: Bool = false
    public var error: String = ""
    public var remoteManagers: [PeerNode]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case nodeID = "NodeID"
        case nodeAddr = "NodeAddr"
        case localNodeState = "LocalNodeState"
        case controlAvailable = "ControlAvailable"
        case error = "Error"
        case remoteManagers = "RemoteManagers"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("NodeID", nodeID)
            o.field("NodeAddr", nodeAddr)
            o.field("LocalNodeState", localNodeState)
            o.field("ControlAvailable", controlAvailable)
            o.field("Error", error)
            o.field("RemoteManagers", remoteManagers)
        }
    }
}
