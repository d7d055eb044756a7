// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What processes have used of the processors.

public import WharfJSON

/// Nanoseconds.
public struct CPUUsage: Sendable, Equatable, Decodable, JSONWritable {
    public var total: UInt64 = 0
    /// By processor; cgroup version 1 only.
    public var perCPU: [UInt64]?
    public var kernelMode: UInt64 = 0
    public var userMode: UInt64 = 0

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case total = "total_usage"
        case perCPU = "percpu_usage"
        case kernelMode = "usage_in_kernelmode"
        case userMode = "usage_in_usermode"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        total = try values.decodeIfPresent(UInt64.self, forKey: .total) ?? 0
        perCPU = try values.decodeIfPresent([UInt64].self, forKey: .perCPU)
        kernelMode = try values.decodeIfPresent(UInt64.self, forKey: .kernelMode) ?? 0
        userMode = try values.decodeIfPresent(UInt64.self, forKey: .userMode) ?? 0
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("total_usage", total)
            o.optional("percpu_usage", perCPU)
            o.field("usage_in_kernelmode", kernelMode)
            o.field("usage_in_usermode", userMode)
        }
    }
}
