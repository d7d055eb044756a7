// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Docker's texts for limits that a host can't set (daemon_unix.go and info_unix.go of moby 28): what the engine answers at
// create and in /info, next to the facts that they are about.

public import WharfOCI

extension CgroupFeatures {
    /// Takes the limits out of `resources` that this host can't set, and answers Docker's warning for each.
    public func discardMissing(_ resources: inout RuntimeSpec.Resources) -> [String] {
        var warnings: [String] = []
        func drop(_ isAsked: Bool, _ isThere: Bool, _ warning: String, _ discard: () -> Void) {
            if !isAsked || isThere { return }
            warnings.append(warning)
            discard()
        }
        memory(&resources.memory, drop)
        drop(
            resources.pids.limit ?? 0 > 0, pidsLimit,
            "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded."
        ) { resources.pids.limit = nil }
        if !pidsLimit { resources.pids.limit = nil }
        cpu(&resources.cpu, drop)
        blockIO(&resources.blockIO, drop)
        return warnings
    }

    private typealias Drop = (Bool, Bool, String, () -> Void) -> Void

    private func memory(_ memory: inout RuntimeSpec.Memory, _ drop: Drop) {
        drop(
            memory.limit ?? 0 > 0, memoryLimit,
            "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded."
        ) { (memory.limit, memory.swap) = (nil, nil) }
        if !memoryLimit { (memory.limit, memory.swap) = (nil, nil) }
        drop(
            memory.limit ?? 0 > 0 && memory.swap ?? -1 != -1, swapLimit,
            "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap."
        ) { memory.swap = nil }
        drop(
            memory.swappiness != nil, memorySwappiness,
            "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."
        ) { memory.swappiness = nil }
        drop(
            memory.reservation ?? 0 > 0, memoryReservation,
            "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded."
        ) { memory.reservation = nil }
        drop(memory.disableOOMKiller, oomKillDisable, "Your kernel does not support OomKillDisable. OomKillDisable discarded.") {
            memory.disableOOMKiller = false
        }
        drop(
            memory.kernel != nil, kernelMemory,
            "Your kernel does not support kernel memory limit capabilities or the cgroup is not mounted. Limitation discarded."
        ) { memory.kernel = nil }
        drop(
            memory.kernelTCP != nil, kernelMemoryTCP,
            "Your kernel does not support kernel memory TCP limit capabilities or the cgroup is not mounted. Limitation discarded."
        ) { memory.kernelTCP = nil }
    }

    private func cpu(_ cpu: inout RuntimeSpec.CPU, _ drop: Drop) {
        drop(
            cpu.shares ?? 0 > 0, cpuShares, "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded."
        ) { cpu.shares = nil }
        drop(
            cpu.period ?? 0 != 0 || cpu.quota ?? 0 != 0, cpuQuota,
            "Your kernel does not support CPU CFS scheduler. CPU period/quota discarded."
        ) { (cpu.period, cpu.quota) = (nil, nil) }
        drop(
            cpu.realtimePeriod ?? 0 != 0 || cpu.realtimeRuntime ?? 0 != 0, cpuRealtime,
            "Your kernel does not support CPU realtime scheduler. CPU realtime period/runtime discarded."
        ) { (cpu.realtimePeriod, cpu.realtimeRuntime) = (nil, nil) }
        drop(
            !cpu.cpus.isEmpty || !cpu.mems.isEmpty, cpuset,
            "Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded."
        ) { (cpu.cpus, cpu.mems) = ("", "") }
    }

    private func blockIO(_ io: inout RuntimeSpec.BlockIO, _ drop: Drop) {
        drop(
            io.weight ?? 0 > 0, blockIOWeight,
            "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded."
        ) { io.weight = nil }
        drop(
            !io.weightDevice.isEmpty, blockIOWeightDevice,
            "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded."
        ) { io.weightDevice = [] }
        drop(
            !io.throttleReadBpsDevice.isEmpty, blockIOReadBps,
            "Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded."
        ) { io.throttleReadBpsDevice = [] }
        drop(
            !io.throttleWriteBpsDevice.isEmpty, blockIOWriteBps,
            "Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded."
        ) { io.throttleWriteBpsDevice = [] }
        drop(
            !io.throttleReadIOPSDevice.isEmpty, blockIOReadIOPS,
            "Your kernel does not support IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded."
        ) { io.throttleReadIOPSDevice = [] }
        drop(
            !io.throttleWriteIOPSDevice.isEmpty, blockIOWriteIOPS,
            "Your kernel does not support IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded."
        ) { io.throttleWriteIOPSDevice = [] }
    }

    /// What /info warns about, in Docker's order.
    public var warnings: [String] {
        let isV2 = version == .v2
        let facts: [(isThere: Bool, text: String)] = [
            (memoryLimit, "No memory limit support"), (swapLimit, "No swap limit support"),
            // Version 2 has none, and nobody can do anything about it.
            (oomKillDisable || isV2, "No oom kill disable support"), (cpuQuota, "No cpu cfs quota support"),
            (cpuQuota, "No cpu cfs period support"), (cpuShares, "No cpu shares support"), (cpuset, "No cpuset support"),
            // Version 1 has lost it with Linux 5.0.
            (blockIOWeight || !isV2, "No io.weight support"), (blockIOWeightDevice || !isV2, "No io.weight (per device) support"),
            (blockIOReadBps, isV2 ? "No io.max (rbps) support" : "No blkio throttle.read_bps_device support"),
            (blockIOWriteBps, isV2 ? "No io.max (wbps) support" : "No blkio throttle.write_bps_device support"),
            (blockIOReadIOPS, isV2 ? "No io.max (riops) support" : "No blkio throttle.read_iops_device support"),
            (blockIOWriteIOPS, isV2 ? "No io.max (wiops) support" : "No blkio throttle.write_iops_device support"),
        ]
        return facts.filter { !$0.isThere }.map { "WARNING: \($0.text)" }
    }

    /// Whether all of `list` (`0-2,7`) is among the processors that a container may have. nil: it is no list.
    public func offersCPUs(_ list: String) -> Bool? { CgroupFeatures.offers(cpus, list) }

    /// The same for memory nodes.
    public func offersMems(_ list: String) -> Bool? { CgroupFeatures.offers(mems, list) }

    private static func offers(_ offered: String, _ asked: String) -> Bool? {
        if asked.isEmpty { return true }
        for part in asked.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let ends = part.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map {
                UInt16(String(decoding: $0, as: UTF8.self))
            }
            guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else { return nil }
        }
        let known = Set(StatsReader.list(offered))
        return StatsReader.list(asked).allSatisfy(known.contains)
    }
}
