// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A port of a container as list shows it.

public import WharfJSON

/// `Ports[]` of list.
public struct PortSummary: Sendable, Equatable, Decodable, JSONWritable {
    public var ip: String = ""
    public var privatePort: UInt16 = 0
    public var publicPort: UInt16 = 0
    /// `tcp udp sctp`.
    public var type: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(ip: String, privatePort: UInt16 = 0, publicPort: UInt16 = 0, type: String = "") {
        self.ip = ip
        self.privatePort = privatePort
        self.publicPort = publicPort
        self.type = type
    }

    private enum CodingKeys: String, CodingKey {
        case ip = "IP"
        case privatePort = "PrivatePort"
        case publicPort = "PublicPort"
        case type = "Type"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("IP", ip)
            o.field("PrivatePort", privatePort)
            o.nonEmpty("PublicPort", publicPort)
            o.field("Type", type)
        }
    }
}
