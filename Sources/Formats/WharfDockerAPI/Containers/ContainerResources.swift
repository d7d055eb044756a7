// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container may use of the host. The fields stand flat inside `HostConfig` on the wire (and in the body of
// `update`), so this type reads and writes its keys into its owner's object.

public import WharfJSON

/// The resource half of a `HostConfig`. Zero is "not limited" or "the default"; memory is in bytes.
public struct ContainerResources: Sendable, Equatable, Decodable, JSONWritable {
    /// Relative weight; 1024 is the usual share.
    public var cpuShares: Int64 = 0
    /// Hard limit.
    public var memory: Int64 = 0
    /// `--cpus` times 10^9.
    public var nanoCPUs: Int64 = 0
    public var cgroupParent: String = ""
    /// 10 to 1000.
    public var blkioWeight: UInt16 = 0
    public var blkioWeightDevice: [WeightDevice]?
    public var blkioDeviceReadBps: [ThrottleDevice]?
    public var blkioDeviceWriteBps: [ThrottleDevice]?
    public var blkioDeviceReadIOps: [ThrottleDevice]?
    public var blkioDeviceWriteIOps: [ThrottleDevice]?
    /// Microseconds.
    public var cpuPeriod: Int64 = 0
    /// Microseconds in each period.
    public var cpuQuota: Int64 = 0
    public var cpuRealtimePeriod: Int64 = 0
    public var cpuRealtimeRuntime: Int64 = 0
    /// `0-2,4`.
    public var cpusetCpus: String = ""
    public var cpusetMems: String = ""
    public var devices: [DeviceMapping]?
    public var deviceCgroupRules: [String]?
    public var deviceRequests: [DeviceRequest]?
    /// Up to API 1.41.
    public var kernelMemory: Int64 = 0
    public var kernelMemoryTCP: Int64 = 0
    /// Soft limit.
    public var memoryReservation: Int64 = 0
    /// Memory and swap together; -1 no limit, 0 twice the memory.
    public var memorySwap: Int64 = 0
    /// 0 to 100; nil or -1: the kernel's.
    public var memorySwappiness: Int64?
    public var oomKillDisable: Bool?
    /// nil: unchanged; 0 or -1: no limit.
    public var pidsLimit: Int64?
    public var ulimits: [Ulimit]?
    /// Windows, carried.
    public var cpuCount: Int64 = 0
    /// Windows, carried.
    public var cpuPercent: Int64 = 0
    /// Windows, carried.
    public var ioMaximumIOps: UInt64 = 0
    /// Windows, carried.
    public var ioMaximumBandwidth: UInt64 = 0

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case cpuShares = "CpuShares"
        case memory = "Memory"
        case nanoCPUs = "NanoCpus"
        case cgroupParent = "CgroupParent"
        case blkioWeight = "BlkioWeight"
        case blkioWeightDevice = "BlkioWeightDevice"
        case blkioDeviceReadBps = "BlkioDeviceReadBps"
        case blkioDeviceWriteBps = "BlkioDeviceWriteBps"
        case blkioDeviceReadIOps = "BlkioDeviceReadIOps"
        case blkioDeviceWriteIOps = "BlkioDeviceWriteIOps"
        case cpuPeriod = "CpuPeriod"
        case cpuQuota = "CpuQuota"
        case cpuRealtimePeriod = "CpuRealtimePeriod"
        case cpuRealtimeRuntime = "CpuRealtimeRuntime"
        case cpusetCpus = "CpusetCpus"
        case cpusetMems = "CpusetMems"
        case devices = "Devices"
        case deviceCgroupRules = "DeviceCgroupRules"
        case deviceRequests = "DeviceRequests"
        case kernelMemory = "KernelMemory"
        case kernelMemoryTCP = "KernelMemoryTCP"
        case memoryReservation = "MemoryReservation"
        case memorySwap = "MemorySwap"
        case memorySwappiness = "MemorySwappiness"
        case oomKillDisable = "OomKillDisable"
        case pidsLimit = "PidsLimit"
        case ulimits = "Ulimits"
        case cpuCount = "CpuCount"
        case cpuPercent = "CpuPercent"
        case ioMaximumIOps = "IOMaximumIOps"
        case ioMaximumBandwidth = "IOMaximumBandwidth"
    }

    /// One object with the members.
    public func write(to json: inout JSONWriter) { json.object { writeMembers(to: &$0) } }

    /// The members alone, into the object of the type that embeds this one.
    func writeMembers(to o: inout JSONWriter) {
        o.field("CpuShares", cpuShares)
        o.field("Memory", memory)
        o.field("NanoCpus", nanoCPUs)
        o.field("CgroupParent", cgroupParent)
        o.field("BlkioWeight", blkioWeight)
        o.field("BlkioWeightDevice", blkioWeightDevice)
        o.field("BlkioDeviceReadBps", blkioDeviceReadBps)
        o.field("BlkioDeviceWriteBps", blkioDeviceWriteBps)
        o.field("BlkioDeviceReadIOps", blkioDeviceReadIOps)
        o.field("BlkioDeviceWriteIOps", blkioDeviceWriteIOps)
        o.field("CpuPeriod", cpuPeriod)
        o.field("CpuQuota", cpuQuota)
        o.field("CpuRealtimePeriod", cpuRealtimePeriod)
        o.field("CpuRealtimeRuntime", cpuRealtimeRuntime)
        o.field("CpusetCpus", cpusetCpus)
        o.field("CpusetMems", cpusetMems)
        o.field("Devices", devices)
        o.field("DeviceCgroupRules", deviceCgroupRules)
        o.field("DeviceRequests", deviceRequests)
        o.nonEmpty("KernelMemory", kernelMemory)
        o.nonEmpty("KernelMemoryTCP", kernelMemoryTCP)
        o.field("MemoryReservation", memoryReservation)
        o.field("MemorySwap", memorySwap)
        o.field("MemorySwappiness", memorySwappiness)
        o.field("OomKillDisable", oomKillDisable)
        o.field("PidsLimit", pidsLimit)
        o.field("Ulimits", ulimits)
        o.field("CpuCount", cpuCount)
        o.field("CpuPercent", cpuPercent)
        o.field("IOMaximumIOps", ioMaximumIOps)
        o.field("IOMaximumBandwidth", ioMaximumBandwidth)
    }
}
