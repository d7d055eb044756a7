// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A mount of a container as list and inspect show it.

public import WharfJSON

/// `Mounts[]` of list and inspect.
public struct MountPoint: Sendable, Equatable, Decodable, JSONWritable {
    /// `bind`, `volume`, `tmpfs`, `image`.
    public var type: String = ""
    /// The volume's.
    public var name: String = ""
    /// Path on the host.
    public var source: String = ""
    public var destination: String = ""
    public var driver: String = ""
    /// The options as they were written.
    public var mode: String = ""
    public var readWrite: Bool = false
    public var propagation: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case type = "Type"
        case name = "Name"
        case source = "Source"
        case destination = "Destination"
        case driver = "Driver"
        case mode = "Mode"
        case readWrite = "RW"
        case propagation = "Propagation"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Type", type)
            o.nonEmpty("Name", name)
            o.field("Source", source)
            o.field("Destination", destination)
            o.nonEmpty("Driver", driver)
            o.field("Mode", mode)
            o.field("RW", readWrite)
            o.field("Propagation", propagation)
        }
    }
}
