// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One resource limit of a container's processes.

public import WharfJSON

/// `HostConfig.Ulimits[]`; -1 is no limit.
public struct Ulimit: Sendable, Equatable, Decodable, JSONWritable {
    /// `nofile`, without RLIMIT_.
    public var name: String = ""
    public var hard: Int64 = 0
    public var soft: Int64 = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(name: String, hard: Int64 = 0, soft: Int64 = 0) {
        self.name = name
        self.hard = hard
        self.soft = soft
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case hard = "Hard"
        case soft = "Soft"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Name", name)
            o.field("Hard", hard)
            o.field("Soft", soft)
        }
    }
}
