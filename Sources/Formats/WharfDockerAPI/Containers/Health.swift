// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The result of a container's health probes.

public import WharfJSON

/// `State.Health`.
public struct Health: Sendable, Equatable, Decodable, JSONWritable {
    /// `none starting healthy unhealthy`.
    public var status: String = ""
    public var failingStreak: Int = 0
    /// The last five.
    public var log: [HealthcheckResult]?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(status: String, failingStreak: Int = 0, log: [HealthcheckResult]? = nil) {
        self.status = status
        self.failingStreak = failingStreak
        self.log = log
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case failingStreak = "FailingStreak"
        case log = "Log"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Status", status)
            o.field("FailingStreak", failingStreak)
            o.field("Log", log)
        }
    }
}
