// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The limits of a runtime spec (OCI runtime spec, config-linux.md, "Control groups"). Absent means: leave the kernel's
// value; -1 means unlimited. The parts are in RuntimeSpec+MemoryLimits, RuntimeSpec+BlockIO and RuntimeSpec+OtherLimits.

public import WharfJSON

extension RuntimeSpec {
    /// Limits of a container, applied through WharfCgroups.
    public struct Resources: Sendable, Equatable, JSONReadable, JSONWritable {
        public var devices: [DeviceRule]
        public var memory: Memory
        public var cpu: CPU
        public var pids: Pids
        public var blockIO: BlockIO
        public var hugepageLimits: [HugepageLimit]
        public var network: Network
        /// By device: `mlx5_1`.
        public var rdma: [String: RDMA]
        /// Files of cgroup v2 and their content, written as they are: `memory.high`.
        public var unified: [String: String]

        public init(
            devices: [DeviceRule] = [], memory: Memory = Memory(), cpu: CPU = CPU(), pids: Pids = Pids(), blockIO: BlockIO = BlockIO(),
            hugepageLimits: [HugepageLimit] = [], network: Network = Network(), rdma: [String: RDMA] = [:], unified: [String: String] = [:]
        ) {
            self.devices = devices
            self.memory = memory
            self.cpu = cpu
            self.pids = pids
            self.blockIO = blockIO
            self.hugepageLimits = hugepageLimits
            self.network = network
            self.rdma = rdma
            self.unified = unified
        }

        public init(reading json: JSONFields) throws(JSONError) {
            devices = try json.read("devices")
            memory = try json.read("memory")
            cpu = try json.read("cpu")
            pids = try json.read("pids")
            blockIO = try json.read("blockIO")
            hugepageLimits = try json.read("hugepageLimits")
            network = try json.read("network")
            rdma = try json.read("rdma")
            unified = try json.read("unified")
        }

        public func write(to json: inout JSONWriter) {
            json.object { json in
                json.nonEmpty("devices", devices)
                if memory != Memory() { json.field("memory", memory) }
                if cpu != CPU() { json.field("cpu", cpu) }
                if let limit = pids.limit { json.object("pids") { $0.field("limit", limit) } }
                if blockIO != BlockIO() { json.field("blockIO", blockIO) }
                json.nonEmpty("hugepageLimits", hugepageLimits)
                if network != Network() { json.field("network", network) }
                json.nonEmpty("rdma", rdma)
                json.nonEmpty("unified", unified)
            }
        }
    }

    /// Which device may be used; later rules win over earlier ones.
    public struct DeviceRule: Sendable, Equatable, JSONReadable, JSONWritable {
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

        public init(reading json: JSONFields) throws(JSONError) {
            allow = try json.read("allow")
            type = try json.read("type")
            major = try json.optional("major")
            minor = try json.optional("minor")
            access = try json.read("access")
        }

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
}
