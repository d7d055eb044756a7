// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The limits of a runtime spec (OCI runtime spec, config-linux.md, "Control groups"). Absent means: leave the kernel's
// value; -1 means unlimited.

public import WharfJSON

extension RuntimeSpec {
    /// Limits of a container, applied through WharfCgroups.
    public struct Resources: Sendable, Equatable, Decodable, JSONWritable {
        public var devices: [DeviceRule]
        public var memory: Memory
        public var cpu: CPU
        public var pids: Pids
        public var blockIO: BlockIO
        /// Files of cgroup v2 and their content, written as they are: `memory.high`.
        public var unified: [String: String]

        public init(
            devices: [DeviceRule] = [], memory: Memory = Memory(), cpu: CPU = CPU(), pids: Pids = Pids(), blockIO: BlockIO = BlockIO(),
            unified: [String: String] = [:]
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.unified = unified
        }

        private enum CodingKeys: String, CodingKey { case devices, memory, cpu, pids, blockIO, unified }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("devices", devices)
                if memory != Memory() { json.field("memory", memory) }
                if cpu != CPU() { json.field("cpu", cpu) }
                if let limit = pids.limit { json.object("pids") { $0.field("limit", limit) } }
                if let weight = blockIO.weight { json.object("blockIO") { $0.field("weight", weight) } }
                json.nonEmpty("unified", unified)
            }
        }
    }

    /// Which device may be used; later rules win over earlier ones.
    public struct DeviceRule: Sendable, Equatable, Decodable, JSONWritable {
        public var allow: Bool
        /// `a` (all), `c`, `b`; empty is `a`.
        public var type: String
        /// nil: any.
        public var major: Int64?
        public var minor: Int64?
        /// Of `r`, `w`, `m` (mknod); empty is all of them.
        public var access: String

        public init(allow: Bool, type: String = "a", major: Int64? = nil, minor: Int64? = nil, access: String = "rwm") {
            self.allow = allow
            self.type = type
            self.major = major
            self.minor = minor
            self.access = access
        }

        private enum CodingKeys: String, CodingKey { case allow, type, major, minor, access }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("allow", allow)
                json.nonEmpty("type", type)
                json.optional("major", major)
                json.optional("minor", minor)
                json.nonEmpty("access", access)
            }
        }
    }

    /// Bytes.
    public struct Memory: Sendable, Equatable, Decodable, JSONWritable {
        public var limit: Int64?
        public var reservation: Int64?
        /// Memory and swap together, as in cgroup v1.
        public var swap: Int64?
        public var swappiness: UInt64?
        public var disableOOMKiller: Bool

        public init(
            limit: Int64? = nil, reservation: Int64? = nil, swap: Int64? = nil, swappiness: UInt64? = nil, disableOOMKiller: Bool = false
        ) {
            self.limit = limit
            self.reservation = reservation
            self.swap = swap
            self.swappiness = swappiness
            self.disableOOMKiller = disableOOMKiller
        }

        private enum CodingKeys: String, CodingKey { case limit, reservation, swap, swappiness, disableOOMKiller }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("limit", limit)
                json.optional("reservation", reservation)
                json.optional("swap", swap)
                json.optional("swappiness", swappiness)
                json.nonEmpty("disableOOMKiller", disableOOMKiller)
            }
        }
    }

    /// Processor time.
    public struct CPU: Sendable, Equatable, Decodable, JSONWritable {
        /// Relative weight, 2...262144; 1024 is normal.
        public var shares: UInt64?
        /// Microseconds in each period.
        public var quota: Int64?
        /// Microseconds.
        public var period: UInt64?
        /// Processors and memory nodes as lists: `0-2,7`.
        public var cpus: String
        public var mems: String

        public init(shares: UInt64? = nil, quota: Int64? = nil, period: UInt64? = nil, cpus: String = "", mems: String = "") {
            self.shares = shares
            self.quota = quota
            self.period = period
            self.cpus = cpus
            self.mems = mems
        }

        private enum CodingKeys: String, CodingKey { case shares, quota, period, cpus, mems }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.optional("shares", shares)
                json.optional("quota", quota)
                json.optional("period", period)
                json.nonEmpty("cpus", cpus)
                json.nonEmpty("mems", mems)
            }
        }
    }

    /// How many processes and threads.
    public struct Pids: Sendable, Equatable, Decodable {
        public var limit: Int64?

        public init(limit: Int64? = nil) { self.limit = limit }
    }

    /// Block devices.
    public struct BlockIO: Sendable, Equatable, Decodable {
        /// 10...1000.
        public var weight: UInt16?

        public init(weight: UInt16? = nil) { self.weight = weight }
    }
}
