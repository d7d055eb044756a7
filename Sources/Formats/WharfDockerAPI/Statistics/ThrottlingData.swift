// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How often a container's processor quota ran out.

public import WharfJSON

/// Periods under a quota.
public struct ThrottlingData: Sendable, Equatable, Decodable, JSONWritable {
    public var periods: UInt64 = 0
    public var throttledPeriods: UInt64 = 0
    /// Nanoseconds.
    public var throttledTime: UInt64 = 0

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case periods
        case throttledPeriods = "throttled_periods"
        case throttledTime = "throttled_time"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        periods = try values.decodeIfPresent(UInt64.self, forKey: .periods) ?? 0
        throttledPeriods = try values.decodeIfPresent(UInt64.self, forKey: .throttledPeriods) ?? 0
        throttledTime = try values.decodeIfPresent(UInt64.self, forKey: .throttledTime) ?? 0
    }

    /// Docker's keys.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("periods", periods)
            o.field("throttled_periods", throttledPeriods)
            o.field("throttled_time", throttledTime)
        }
    }
}
