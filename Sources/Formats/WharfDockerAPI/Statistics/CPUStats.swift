// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The processors' part of a sample.

public import WharfJSON

/// Processor time, in nanoseconds.
public struct CPUStats: Sendable, Equatable, Decodable, JSONWritable {
    public var usage = CPUUsage()
    /// Of all processors of the host together since it started; nil in an empty sample.
    public var systemUsage: UInt64?
    public var onlineCPUs: UInt32?
    public var throttling = ThrottlingData()

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case usage = "cpu_usage"
        case systemUsage = "system_cpu_usage"
        case onlineCPUs = "online_cpus"
        case throttling = "throttling_data"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        usage = try values.decodeIfPresent(CPUUsage.self, forKey: .usage) ?? CPUUsage()
        systemUsage = try values.decodeIfPresent(UInt64.self, forKey: .systemUsage)
        onlineCPUs = try values.decodeIfPresent(UInt32.self, forKey: .onlineCPUs)
        throttling = try values.decodeIfPresent(ThrottlingData.self, forKey: .throttling) ?? ThrottlingData()
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("cpu_usage", usage)
            o.optional("system_cpu_usage", systemUsage)
            o.optional("online_cpus", onlineCPUs)
            o.field("throttling_data", throttling)
        }
    }
}
