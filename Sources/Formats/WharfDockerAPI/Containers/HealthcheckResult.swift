// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One run of a health probe.

public import WharfJSON

/// `State.Health.Log[]`.
public struct HealthcheckResult: Sendable, Equatable, Decodable, JSONWritable {
    public var start: Timestamp = .zero
    public var end: Timestamp = .zero
    /// 0 healthy, 1 unhealthy, 2 reserved, other values: the probe did not run.
    public var exitCode: Int = 0
    public var output: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(start: Timestamp, end: Timestamp = .zero, exitCode: Int = 0, output: String = "") {
        self.start = start
        self.end = end
        self.exitCode = exitCode
        self.output = output
    }

    private enum CodingKeys: String, CodingKey {
        case start = "Start"
        case end = "End"
        case exitCode = "ExitCode"
        case output = "Output"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Start", start)
            o.field("End", end)
            o.field("ExitCode", exitCode)
            o.field("Output", output)
        }
    }
}
