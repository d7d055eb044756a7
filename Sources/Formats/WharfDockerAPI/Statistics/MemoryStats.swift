// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The memory part of a sample.

public import WharfJSON

/// Memory, in bytes. What is nil is left out, as in Docker: a container that does not run has none of it.
public struct MemoryStats: Sendable, Equatable, Decodable, JSONWritable {
    public var usage: UInt64?
    /// cgroup version 1 only.
    public var maxUsage: UInt64?
    /// memory.stat of the host's cgroup version, by its own names.
    public var stats: [String: UInt64]?
    /// How often the limit was hit (version 1), or the kernel found no memory below it (version 2).
    public var failures: UInt64?
    /// The host's memory where there is no limit.
    public var limit: UInt64?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case usage, stats, limit
        case maxUsage = "max_usage"
        case failures = "failcnt"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("usage", usage)
            o.optional("max_usage", maxUsage)
            o.optional("stats", stats)
            o.optional("failcnt", failures)
            o.optional("limit", limit)
        }
    }
}
