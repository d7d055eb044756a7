// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A container's limits in plain values.

/// The limit of one block device.
public struct TaskDeviceLimit: Sendable, Equatable {
    /// The device's node on the host.
    public let path: String
    /// Bytes or operations in a second, or a weight.
    public let value: UInt64

    public init(path: String, value: UInt64) {
        self.path = path
        self.value = value
    }
}

/// Limits by cgroup; nil or empty is none.
public struct TaskResources: Sendable, Equatable {
    /// Bytes.
    public var memory: Int64?
    /// Memory and swap together in bytes, -1 for no limit; nil is twice the memory, as in Docker.
    public var memorySwap: Int64?
    public var memoryReservation: Int64?
    public var memorySwappiness: UInt64?
    public var oomKillDisabled = false
    /// -1 is no limit.
    public var pids: Int64?
    /// Billionths of a processor: 1.5 processors are 1 500 000 000.
    public var nanoCPUs: Int64?
    public var cpuShares: UInt64?
    /// Microseconds of each period.
    public var cpuQuota: Int64?
    /// Microseconds.
    public var cpuPeriod: UInt64?
    /// Microseconds of each real-time period.
    public var realtimeRuntime: Int64?
    /// Microseconds.
    public var realtimePeriod: UInt64?
    public var cpusetCPUs = ""
    public var cpusetMemories = ""
    public var blockIOWeight: UInt16?
    /// nil leaves them as they are, empty takes none.
    public var blockIOWeights: [TaskDeviceLimit]?
    public var readBytes: [TaskDeviceLimit]?
    public var writeBytes: [TaskDeviceLimit]?
    public var readOperations: [TaskDeviceLimit]?
    public var writeOperations: [TaskDeviceLimit]?

    public init() {}
}
