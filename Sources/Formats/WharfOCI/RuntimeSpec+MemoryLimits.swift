// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on memory, processor time and the number of processes (OCI runtime spec, config-linux.md).

public import WharfJSON

extension RuntimeSpec {
    /// Bytes.
    public struct Memory: Sendable, Equatable, JSONReadable, JSONWritable {
        public var limit: Int64?
        public var reservation: Int64?
        /// Memory and swap together, as in cgroup v1.
        public var swap: Int64?
        /// The kernel's memory on behalf of the processes; deprecated by the kernel, version 1 only.
        public var kernel: Int64?
        /// The kernel's buffers for TCP, version 1 only.
        public var kernelTCP: Int64?
        /// 0...100, version 1 only.
        public var swappiness: UInt64?
        /// Processes wait for memory instead of being killed; version 1 only.
        public var disableOOMKiller: Bool
        /// Sub-groups count for their parents, as they always do on today's kernels.
        public var useHierarchy: Bool
        /// A limit below what is in use is refused instead of killing for it.
        public var checkBeforeUpdate: Bool

        public init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, kernel: Int64? = nil, kernelTCP: Int64? = nil,
            swappiness: UInt64? = nil, disableOOMKiller: Bool = false, useHierarchy: Bool = false, checkBeforeUpdate: Bool = false
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.kernel = kernel
            self.kernelTCP = kernelTCP
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
            self.useHierarchy = useHierarchy
            self.checkBeforeUpdate = checkBeforeUpdate
        }

        public init(reading json: JSONFields) throws(JSONError) {
            limit = try json.optional("limit")
            reservation = try json.optional("reservation")
            swap = try json.optional("swap")
            kernel = try json.optional("kernel")
            kernelTCP = try json.optional("kernelTCP")
            swappiness = try json.optional("swappiness")
            disableOOMKiller = try json.read("disableOOMKiller")
            useHierarchy = try json.read("useHierarchy")
            checkBeforeUpdate = try json.read("checkBeforeUpdate")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("limit", limit)
                json.optional("reservation", reservation)
                json.optional("swap", swap)
                json.optional("kernel", kernel)
                json.optional("kernelTCP", kernelTCP)
                json.optional("swappiness", swappiness)
                json.nonEmpty("disableOOMKiller", disableOOMKiller)
                json.nonEmpty("useHierarchy", useHierarchy)
                json.nonEmpty("checkBeforeUpdate", checkBeforeUpdate)
            }
        }
    }

    /// Processor time.
    public struct CPU: Sendable, Equatable, JSONReadable, JSONWritable {
        /// Relative weight, 2...262144; 1024 is normal.
        public var shares: UInt64?
        /// Microseconds in each period.
        public var quota: Int64?
        /// Microseconds beyond the quota that unused earlier time allows.
        public var burst: UInt64?
        /// Microseconds.
        public var period: UInt64?
        /// Microseconds in each real-time period, version 1 only.
        public var realtimeRuntime: Int64?
        /// Microseconds, version 1 only.
        public var realtimePeriod: UInt64?
        /// Processors and memory nodes as lists: `0-2,7`.
        public var cpus: String
        public var mems: String
        /// 1 runs only when nobody else wants to.
        public var idle: Int64?

        public init(
            shares: UInt64? = nil, quota: Int64? = nil, burst: UInt64? = nil, period: UInt64? = nil, realtimeRuntime: Int64? = nil,
            realtimePeriod: UInt64? = nil, cpus: String = "", mems: String = "", idle: Int64? = nil
        ) {
            self.shares = shares
            self.quota = quota
            self.burst = burst
            self.period = period
            self.realtimeRuntime = realtimeRuntime
            self.realtimePeriod = realtimePeriod
            self.cpus = cpus
            self.mems = mems
            self.idle = idle
        }

        public init(reading json: JSONFields) throws(JSONError) {
            shares = try json.optional("shares")
            quota = try json.optional("quota")
            burst = try json.optional("burst")
            period = try json.optional("period")
            realtimeRuntime = try json.optional("realtimeRuntime")
            realtimePeriod = try json.optional("realtimePeriod")
            cpus = try json.read("cpus")
            mems = try json.read("mems")
            idle = try json.optional("idle")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("shares", shares)
                json.optional("quota", quota)
                json.optional("burst", burst)
                json.optional("period", period)
                json.optional("realtimeRuntime", realtimeRuntime)
                json.optional("realtimePeriod", realtimePeriod)
                json.nonEmpty("cpus", cpus)
                json.nonEmpty("mems", mems)
                json.optional("idle", idle)
            }
        }
    }

    /// How many processes and threads.
    public struct Pids: Sendable, Equatable, JSONReadable {
        public var limit: Int64?

        public init(limit: Int64? = nil) { self.limit = limit }

        public init(reading json: JSONFields) throws(JSONError) {
            limit = try json.optional("limit")
        }
    }
}
