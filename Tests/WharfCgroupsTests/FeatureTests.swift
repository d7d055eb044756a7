// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a host can limit.

import Testing
import WharfLinux

@testable import WharfCgroups

@Suite("Features")
struct FeatureTests {
    private let own = OwnCgroups(text: Array("0::/\n".utf8))

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
    }
}
