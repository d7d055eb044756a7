// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container uses, as `events --stats` and Docker's stats show it. Version 2's figures are told in version 1's
// terms where there is a counterpart, as runc does.

/// Usage, counts and limits of one container.
public struct CgroupStats: Sendable, Equatable {
    public var cpu = CPU()
    public var cpuset = Cpuset()
    public var memory = Memory()
    public var pids = Pids()
    public var blockIO = BlockIO()
    /// By page size: `2MB`.
    public var hugepages: [String: Hugepages] = [:]
    public var rdma: [RDMA] = []

    public init() {}

    /// Processor time, in nanoseconds.
    public struct CPU: Sendable, Equatable {
        public var usage: UInt64 = 0
        public var user: UInt64 = 0
        public var system: UInt64 = 0
        /// By processor; version 1 only.
        public var perCPU: [UInt64] = []
        public var perCPUUser: [UInt64] = []
        public var perCPUSystem: [UInt64] = []
        /// Periods that have passed under a quota, and in how many of them it ran out.
        public var periods: UInt64 = 0
        public var throttledPeriods: UInt64 = 0
        public var throttledTime: UInt64 = 0
        public var burstPeriods: UInt64 = 0
        public var burstTime: UInt64 = 0
        public var pressure: Pressure?
    }

    /// The processors and memory nodes that may be used.
    public struct Cpuset: Sendable, Equatable {
        public var cpus: [UInt16] = []
        public var mems: [UInt16] = []
        public var cpuExclusive: UInt64 = 0
        public var memHardwall: UInt64 = 0
        public var memExclusive: UInt64 = 0
        public var memoryMigrate: UInt64 = 0
        public var memorySpreadPage: UInt64 = 0
        public var memorySpreadSlab: UInt64 = 0
        public var memoryPressure: UInt64 = 0
        public var schedLoadBalance: UInt64 = 0
        public var schedRelaxDomainLevel: Int64 = 0
    }

    /// One kind of memory, in bytes. No limit is `UInt64.max` on version 2, and a number near `Int64.max` on version 1.
    public struct MemoryUse: Sendable, Equatable {
        public var usage: UInt64 = 0
        public var maximum: UInt64 = 0
        public var limit: UInt64 = 0
        public var failures: UInt64 = 0
    }

    /// Memory.
    public struct Memory: Sendable, Equatable {
        public var cache: UInt64 = 0
        public var usage = MemoryUse()
        /// Memory and swap together.
        public var swap = MemoryUse()
        /// Swap alone.
        public var swapOnly = MemoryUse()
        public var kernel = MemoryUse()
        public var kernelTCP = MemoryUse()
        /// memory.stat.
        public var raw: [String: UInt64] = [:]
        public var usesHierarchy = false
        /// Processes killed for want of memory.
        public var oomKills: UInt64 = 0
        public var pressure: Pressure?
    }

    /// Processes and threads.
    public struct Pids: Sendable, Equatable {
        public var current: UInt64 = 0
        /// 0: none.
        public var limit: UInt64 = 0
    }

    /// One count of one device.
    public struct BlockIOEntry: Sendable, Equatable {
        public var major: UInt64
        public var minor: UInt64
        /// `Read`, `Write`, `Sync`, `Async`, `Discard`, `Total`, `Count`; empty where there is one number only.
        public var operation: String
        public var value: UInt64
    }

    /// Block devices, sub-groups included.
    public struct BlockIO: Sendable, Equatable {
        public var serviceBytes: [BlockIOEntry] = []
        public var serviced: [BlockIOEntry] = []
        public var queued: [BlockIOEntry] = []
        public var serviceTime: [BlockIOEntry] = []
        public var waitTime: [BlockIOEntry] = []
        public var merged: [BlockIOEntry] = []
        public var time: [BlockIOEntry] = []
        public var sectors: [BlockIOEntry] = []
        public var pressure: Pressure?
    }

    /// Huge pages of one size, in bytes.
    public struct Hugepages: Sendable, Equatable {
        public var usage: UInt64 = 0
        public var maximum: UInt64 = 0
        public var failures: UInt64 = 0
    }

    /// One RDMA device; `UInt32.max` is no limit.
    public struct RDMA: Sendable, Equatable {
        public var device: String
        public var handles: UInt32 = 0
        public var objects: UInt32 = 0
        public var handleLimit: UInt32 = 0
        public var objectLimit: UInt32 = 0
    }

    /// How much time was lost to waiting (pressure stall information, version 2).
    public struct Pressure: Sendable, Equatable {
        /// Somebody waited.
        public var some = Share()
        /// Everybody waited.
        public var full = Share()

        /// Percent of the last 10, 60 and 300 seconds, and microseconds in all.
        public struct Share: Sendable, Equatable {
            public var average10: Double = 0
            public var average60: Double = 0
            public var average300: Double = 0
            public var total: UInt64 = 0
        }
    }
}
