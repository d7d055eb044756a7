// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the daemon does when a container's process ends.

public import WharfJSON

/// `HostConfig.RestartPolicy`.
public struct RestartPolicy: Sendable, Equatable, Decodable, JSONWritable {
    /// `no` or empty, `always`, `unless-stopped`, `on-failure`.
    public var name: String = ""
    /// Only with `on-failure`; 0 is no limit.
    public var maximumRetryCount: Int = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(name: String, maximumRetryCount: Int = 0) {
        self.name = name
        self.maximumRetryCount = maximumRetryCount
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
        case maximumRetryCount = "MaximumRetryCount"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Name", name)
            o.field("MaximumRetryCount", maximumRetryCount)
        }
    }
}
