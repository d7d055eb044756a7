// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a host can limit, and Docker's words about the rest.

import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Features")
struct FeatureTests {
    private let own = OwnCgroups(text: Array("0::/\n".utf8))

    /// One of everything.
    static let everything = RuntimeSpec.Resources(
        memory: .init(limit: 64, reservation: 32, swap: 128, kernel: 1, kernelTCP: 1, swappiness: 5, disableOOMKiller: true),
        cpu: .init(shares: 2, quota: 1000, period: 1000, realtimeRuntime: 1, realtimePeriod: 1, cpus: "0"), pids: .init(limit: 3),
        blockIO: .init(
            weight: 10, weightDevice: [.init(major: 8, minor: 0, weight: 10)], throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1)],
            throttleWriteBpsDevice: [.init(major: 8, minor: 0, rate: 1)], throttleReadIOPSDevice: [.init(major: 8, minor: 0, rate: 1)],
            throttleWriteIOPSDevice: [.init(major: 8, minor: 0, rate: 1)]))

    @Test("version 2 by its controllers")
    func v2() throws {
        let tree = try FakeTree()
        try tree.put(".", ["cgroup.controllers": "cpu memory\n"])
        try tree.put("g", ["memory.max": "", "memory.swap.max": ""])
        let features = try CgroupFeatures(CgroupHierarchies(v1: [], unified: tree.root), own: own)
        #expect(features.version == .v2 && features.memoryLimit && features.swapLimit && features.cpuShares && features.cpuQuota)
        #expect(!features.pidsLimit && !features.cpuset && !features.blockIOWeight && !features.oomKillDisable && !features.cpuRealtime)
        try (tree.root / "g/memory.swap.max").unlink()
        #expect(try !CgroupFeatures(CgroupHierarchies(v1: [], unified: tree.root), own: own).swapLimit)
        #expect(
            features.warnings == [
                "WARNING: No cpuset support", "WARNING: No io.weight support", "WARNING: No io.weight (per device) support",
                "WARNING: No io.max (rbps) support", "WARNING: No io.max (wbps) support", "WARNING: No io.max (riops) support",
                "WARNING: No io.max (wiops) support",
            ])
    }

    @Test("version 1 by its files, a hybrid's controllers added")
    func hybrid() throws {
        let tree = try FakeTree()
        try tree.put("memory", ["memory.limit_in_bytes": "", "memory.oom_control": ""])
        try tree.put("cpuset", ["cpuset.cpus": "0-3\n", "cpuset.mems": "0\n"])
        try tree.put("unified", ["cgroup.controllers": "hugetlb\n"])
        try tree.put("blkio/g", ["blkio.bfq.weight": ""])
        let features = try CgroupFeatures(
            CgroupHierarchies(
                v1: ["memory", "cpuset", "blkio"].map { .init(mountPoint: tree.root / $0, names: [$0]) }, unified: tree.root / "unified"),
            own: own)
        #expect(features.memoryLimit && features.oomKillDisable && features.cpuset && features.hugepages && features.blockIOWeight)
        #expect(!features.swapLimit && !features.pidsLimit && !features.cpuShares && !features.devices && !features.blockIOWeightDevice)
        #expect(features.cpus == "0-3")
        #expect(features.offersCPUs("0,2-3") == true && features.offersCPUs("4") == false && features.offersCPUs("x") == nil)
        #expect(features.offersCPUs("") == true && features.offersCPUs("3-1") == nil && features.offersMems("0-1") == false)
        #expect(
            features.warnings.contains("WARNING: No swap limit support")
                && features.warnings.contains("WARNING: No blkio throttle.read_bps_device support"))
        #expect(!features.warnings.contains { $0.contains("io.weight") })
    }

    @Test("what can't be set is taken out with Docker's warning")
    func discard() throws {
        var resources = Self.everything
        let warnings = CgroupFeatures().discardMissing(&resources)
        #expect(resources == RuntimeSpec.Resources())
        #expect(warnings.count == 17)
        #expect(
            warnings.first == "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.")
        #expect(
            warnings.contains("Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded."))
    }

    @Test("swap alone: memory stays limited")
    func swap() {
        var features = CgroupFeatures()
        features.memoryLimit = true
        var resources = RuntimeSpec.Resources(memory: .init(limit: 64, swap: 128))
        #expect(
            features.discardMissing(&resources) == [
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap."
            ])
        #expect(resources.memory == .init(limit: 64))
    }

    @Test("a host that has everything warns of nothing")
    func all() throws {
        var features = CgroupFeatures()
        for path: WritableKeyPath<CgroupFeatures, Bool> in [
            \.memoryLimit, \.swapLimit, \.memoryReservation, \.memorySwappiness, \.oomKillDisable, \.kernelMemory, \.kernelMemoryTCP,
            \.cpuShares,
            \.cpuQuota, \.cpuRealtime, \.cpuset, \.pidsLimit, \.blockIOWeight, \.blockIOWeightDevice, \.blockIOReadBps, \.blockIOWriteBps,
            \.blockIOReadIOPS, \.blockIOWriteIOPS,
        ] { features[keyPath: path] = true }
        var resources = Self.everything
        #expect(features.discardMissing(&resources).isEmpty && resources == Self.everything && features.warnings.isEmpty)
    }
}
