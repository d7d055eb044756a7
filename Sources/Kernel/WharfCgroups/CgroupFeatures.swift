// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which limits a host's kernel has. A spec that asks for another one fails; Docker's way is to leave it out and warn, so
// the engine asks here before it writes the spec, and tells the same in /info.

import Glibc
public import WharfLinux

/// The limits that can be set here.
public struct CgroupFeatures: Sendable, Equatable {
    public var version: CgroupVersion = .none
    public var memoryLimit = false
    /// A limit on swap, or on memory and swap together.
    public var swapLimit = false
    public var memoryReservation = false
    public var memorySwappiness = false
    public var oomKillDisable = false
    public var kernelMemory = false
    public var kernelMemoryTCP = false
    public var cpuShares = false
    /// Quota and period.
    public var cpuQuota = false
    public var cpuRealtime = false
    public var cpuset = false
    /// What a container may ask for, as the kernel lists it: `0-3`. Empty without the controller.
    public var cpus = ""
    public var mems = ""
    public var pidsLimit = false
    public var blockIOWeight = false
    public var blockIOWeightDevice = false
    public var blockIOReadBps = false
    public var blockIOWriteBps = false
    public var blockIOReadIOPS = false
    public var blockIOWriteIOPS = false
    public var devices = false
    public var hugepages = false
    public var networkClass = false
    public var networkPriority = false
    public var rdma = false

    public init() {}

    /// Of the host that these hierarchies are mounted on. The files of each hierarchy's root say it on version 1, the
    /// list of controllers on version 2.
    public init(_ hierarchies: CgroupHierarchies, own: OwnCgroups) throws(SyscallError) {
        version = hierarchies.version
        switch version {
        case .v1, .hybrid: readV1(hierarchies)
        case .v2: try readV2(hierarchies, own)
        case .none: break
        }
        if version == .hybrid, let unified = hierarchies.unified {
            let controllers = try CgroupDirectory(unified).words("cgroup.controllers")
            hugepages = hugepages || controllers.contains("hugetlb")
            rdma = rdma || controllers.contains("rdma")
        }
    }

    /// Of the caller's host.
    public static func current() throws(SyscallError) -> CgroupFeatures {
        try CgroupFeatures(try .current(), own: try .current())
    }

    private mutating func readV1(_ hierarchies: CgroupHierarchies) {
        func directory(_ controller: String) -> CgroupDirectory? {
            hierarchies.v1.first { $0.names.contains(controller) }.map { CgroupDirectory($0.mountPoint) }
        }
        func has(_ controller: String, _ file: String) -> Bool { directory(controller)?.has(file) ?? false }
        memoryLimit = has("memory", "memory.limit_in_bytes")
        swapLimit = has("memory", "memory.memsw.limit_in_bytes")
        memoryReservation = has("memory", "memory.soft_limit_in_bytes")
        memorySwappiness = has("memory", "memory.swappiness")
        oomKillDisable = has("memory", "memory.oom_control")
        kernelMemory = has("memory", "memory.kmem.limit_in_bytes")
        kernelMemoryTCP = has("memory", "memory.kmem.tcp.limit_in_bytes")
        cpuShares = has("cpu", "cpu.shares")
        cpuQuota = has("cpu", "cpu.cfs_quota_us")
        cpuRealtime = has("cpu", "cpu.rt_period_us")
        cpuset = directory("cpuset") != nil
        for prefix in ["cpuset.", ""] where cpus.isEmpty {
            // What can't be read is not offered.
            cpus = (try? directory("cpuset")?.read(prefix + "cpus")) ?? ""
            mems = (try? directory("cpuset")?.read(prefix + "mems")) ?? ""
        }
        // A hierarchy's root has no pids.max.
        pidsLimit = directory("pids") != nil
        blockIOWeight =
            ["blkio.weight", "blkio.bfq.weight"].contains { has("blkio", $0) } || hasBelow("blkio", "blkio.bfq.weight", hierarchies)
        blockIOWeightDevice =
            ["blkio.weight_device", "blkio.bfq.weight_device"].contains { has("blkio", $0) }
            || hasBelow("blkio", "blkio.bfq.weight_device", hierarchies)
        blockIOReadBps = has("blkio", "blkio.throttle.read_bps_device")
        blockIOWriteBps = has("blkio", "blkio.throttle.write_bps_device")
        blockIOReadIOPS = has("blkio", "blkio.throttle.read_iops_device")
        blockIOWriteIOPS = has("blkio", "blkio.throttle.write_iops_device")
        devices = directory("devices") != nil
        hugepages = directory("hugetlb") != nil
        networkClass = directory("net_cls") != nil
        networkPriority = directory("net_prio") != nil
        rdma = directory("rdma") != nil
    }

    private mutating func readV2(_ hierarchies: CgroupHierarchies, _ own: OwnCgroups) throws(SyscallError) {
        guard let root = hierarchies.unified.map({ CgroupDirectory($0) }) else { return }
        let controllers = try root.words("cgroup.controllers")
        memoryLimit = controllers.contains("memory")
        memoryReservation = memoryLimit
        swapLimit = memoryLimit && hasSwapLimit(root, hierarchies.visible(own.unified))
        cpuShares = controllers.contains("cpu")
        cpuQuota = cpuShares
        cpuset = controllers.contains("cpuset")
        if cpuset {
            // What can't be read is not offered.
            cpus = (try? root.read("cpuset.cpus.effective")) ?? ""
            mems = (try? root.read("cpuset.mems.effective")) ?? ""
        }
        pidsLimit = controllers.contains("pids")
        let io = controllers.contains("io")
        (blockIOWeight, blockIOWeightDevice) = (io, io)
        (blockIOReadBps, blockIOWriteBps, blockIOReadIOPS, blockIOWriteIOPS) = (io, io, io, io)
        devices = !Namespaces.isUserNamespaceNested()
        hugepages = controllers.contains("hugetlb")
        rdma = controllers.contains("rdma")
    }

    /// The root has no memory.swap.max: the caller's own group tells, or any group below the root.
    private func hasSwapLimit(_ root: CgroupDirectory, _ own: HostPath) -> Bool {
        if own != HostPath("/") { return CgroupDirectory(HostPath(root.path.pathBytes + own.pathBytes)).has("memory.swap.max") }
        // A root that can't be listed has no groups to limit either.
        for entry in (try? root.path.entries()) ?? [] where entry.kind == .directory {
            let group = CgroupDirectory(root.path / entry.name)
            if group.has("memory.max") { return group.has("memory.swap.max") }
        }
        // No group yet: it comes with the kernel's swap, unless that was told otherwise.
        let words = (try? HostPath("/proc/cmdline").read(limit: 65536)) ?? []
        return !words.split(separator: UInt8(ascii: " ")).contains { $0.starts(with: "swapaccount=0".utf8) }
            && ((try? HostPath("/proc/swaps").exists()) ?? false)
    }

    /// Some files are in groups and not in the root.
    private func hasBelow(_ controller: String, _ file: String, _ hierarchies: CgroupHierarchies) -> Bool {
        guard let root = hierarchies.v1.first(where: { $0.names.contains(controller) })?.mountPoint else { return false }
        // A root that can't be listed has no groups to limit either.
        guard let group = ((try? root.entries()) ?? []).first(where: { $0.kind == .directory }) else { return false }
        return CgroupDirectory(root / group.name).has(file)
    }
}
