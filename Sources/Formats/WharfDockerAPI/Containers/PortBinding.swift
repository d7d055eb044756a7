// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One host side of a published port.

public import WharfJSON

/// An element of a port map's lists.
public struct PortBinding: Sendable, Equatable, Decodable, JSONWritable {
    /// Empty: every address.
    public var hostIP: String = ""
    /// Number or range as text; empty: chosen by the daemon.
    public var hostPort: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(hostIP: String, hostPort: String = "") {
        self.hostIP = hostIP
        self.hostPort = hostPort
    }

    private enum CodingKeys: String, CodingKey {
        case hostIP = "HostIp"
        case hostPort = "HostPort"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("HostIp", hostIP)
            o.field("HostPort", hostPort)
        }
    }
}
