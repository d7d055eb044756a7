// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How a container's health is probed: from the image's HEALTHCHECK or the create body.

public import WharfJSON

/// `Healthcheck` of a container's configuration. Durations are nanoseconds, 0 means inherited or default.
public struct HealthConfig: Sendable, Equatable, Decodable, JSONWritable {
    /// `["NONE"]`, `["CMD", arg…]` or `["CMD-SHELL", line]`; empty: inherited.
    public var test: [String]?
    public var interval: Int64 = 0
    public var timeout: Int64 = 0
    public var startPeriod: Int64 = 0
    /// Since API 1.44.
    public var startInterval: Int64 = 0
    public var retries: Int = 0

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case test = "Test"
        case interval = "Interval"
        case timeout = "Timeout"
        case startPeriod = "StartPeriod"
        case startInterval = "StartInterval"
        case retries = "Retries"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Test", test ?? [])
            o.nonEmpty("Interval", interval)
            o.nonEmpty("Timeout", timeout)
            o.nonEmpty("StartPeriod", startPeriod)
            o.nonEmpty("StartInterval", startInterval)
            o.nonEmpty("Retries", retries)
        }
    }
}
