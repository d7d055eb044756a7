// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A device node of the host that a container may use.

public import WharfJSON

/// `HostConfig.Devices[]`.
public struct DeviceMapping: Sendable, Equatable, Decodable, JSONWritable {
    public var pathOnHost: String = ""
    public var pathInContainer: String = ""
    /// Some of `r`, `w`, `m`.
    public var cgroupPermissions: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(pathOnHost: String, pathInContainer: String = "", cgroupPermissions: String = "") {
        self.pathOnHost = pathOnHost
        self.pathInContainer = pathInContainer
        self.cgroupPermissions = cgroupPermissions
    }

    private enum CodingKeys: String, CodingKey {
        case pathOnHost = "PathOnHost"
        case pathInContainer = "PathInContainer"
        case cgroupPermissions = "CgroupPermissions"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("PathOnHost", pathOnHost)
            o.field("PathInContainer", pathInContainer)
            o.field("CgroupPermissions", cgroupPermissions)
        }
    }
}
