// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A block device's rate limit, in bytes or operations a second.

public import WharfJSON

/// `HostConfig.BlkioDevice{Read,Write}{Bps,IOps}[]`.
public struct ThrottleDevice: Sendable, Equatable, Decodable, JSONWritable {
    public var path: String = ""
    public var rate: UInt64 = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(path: String, rate: UInt64 = 0) {
        self.path = path
        self.rate = rate
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case rate = "Rate"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Path", path)
            o.field("Rate", rate)
        }
    }
}
