// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One line of a user namespace's map (OCI runtime spec, config-linux.md "User namespace mappings", config.md "Mounts"):
// for the container's users, or for the owners that one of its mounts shows.

public import WharfJSON

/// A range of ids: what `containerID` and the next `size - 1` are inside is `hostID` and following outside.
public struct IDMapping: Sendable, Hashable, JSONReadable, JSONWritable {
    public var containerID: UInt32
    public var hostID: UInt32
    /// How many ids; 0 is refused where the map is used.
    public var size: UInt32

    public init(containerID: UInt32, hostID: UInt32, size: UInt32) {
        self.containerID = containerID
        self.hostID = hostID
        self.size = size
    }

    public init(reading json: JSONFields) throws(JSONError) {
        containerID = try json.read("containerID")
        hostID = try json.read("hostID")
        size = try json.read("size")
    }

    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("containerID", containerID)
            json.field("hostID", hostID)
            json.field("size", size)
        }
    }
}
