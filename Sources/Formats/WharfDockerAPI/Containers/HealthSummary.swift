// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The health of a container as the list shows it since API 1.52.

public import WharfJSON

/// `Health` of a container summary.
public struct HealthSummary: Sendable, Equatable, Decodable, JSONWritable {
    public var status: String = ""
    public var failingStreak: Int = 0

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(status: String, failingStreak: Int = 0) {
        self.status = status
        self.failingStreak = failingStreak
    }

    private enum CodingKeys: String, CodingKey {
        case status = "Status"
        case failingStreak = "FailingStreak"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Status", status)
            o.field("FailingStreak", failingStreak)
        }
    }
}
