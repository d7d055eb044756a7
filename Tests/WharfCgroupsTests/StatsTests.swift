// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Statistics from files as the kernels write them, whole, in part, and broken.

import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Statistics")
struct StatsTests {
    let tree: FakeTree

    init() throws { tree = try FakeTree() }

    @Test("version 1")
    func v1() throws {
        try tree.put(
            "cpu/c",
            ["cpu.stat": "nr_periods 5\nnr_throttled 2\nthrottled_time 7000\nnr_bursts 1\nburst_time 9\n"])
        try tree.put(
            "cpuacct/c",
            [
                "cpuacct.usage": "123\n", "cpuacct.usage_percpu": "100 23 \n", "cpuacct.usage_all": "cpu user system\n0 60 40\n1 20 3\n",
                "cpuacct.stat": "user 8\nsystem 4\n",
            ])
        try tree.put("cpuset/c", ["cpuset.cpus": "0-1,3\n", "cpuset.mems": "0\n", "cpuset.sched_relax_domain_level": "-1\n"])
        try tree.put(
            "memory/c",
            [
                "memory.stat": "cache 11\nrss 12\nbroken\n", "memory.usage_in_bytes": "100\n", "memory.max_usage_in_bytes": "120\n",
                "memory.limit_in_bytes": "9223372036854771712\n", "memory.failcnt": "3\n", "memory.memsw.usage_in_bytes": "130\n",
                "memory.memsw.failcnt": "4\n", "memory.use_hierarchy": "1\n",
                "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 6\n",
            ])
        try tree.put("pids/c", ["pids.current": "2\n", "pids.max": "max\n"])
        try tree.put(
            "blkio/c",
            [
                "blkio.throttle.io_serviced_recursive": "8:0 Read 1\n8:0 Write 2\n8:0 Total 3\nTotal 3\n",
                "blkio.throttle.io_service_bytes_recursive": "8:0 Read 512\nTotal 512\n",
            ])
        try tree.put(
            "hugetlb/c", ["hugetlb.2MB.limit_in_bytes": "1\n", "hugetlb.2MB.rsvd.usage_in_bytes": "5\n", "hugetlb.2MB.rsvd.failcnt": "1\n"])
        try tree.put("rdma/c", ["rdma.current": "mlx hca_handle=2 hca_object=3\n", "rdma.max": "mlx hca_handle=max hca_object=9\n"])
        let names = ["cpu", "cpuacct", "cpuset", "memory", "pids", "blkio", "hugetlb", "rdma"]
        let stats = try Cgroups.manager(
            path: "/c",
            hierarchies: CgroupHierarchies(v1: names.map { .init(mountPoint: tree.root / $0, names: [$0]) }, unified: nil)
        ).stats()
        var expected = CgroupStats()
        expected.cpu.usage = 123
        (expected.cpu.user, expected.cpu.system) = (80_000_000, 40_000_000)
        (expected.cpu.perCPU, expected.cpu.perCPUUser, expected.cpu.perCPUSystem) = ([100, 23], [60, 20], [40, 3])
        (expected.cpu.periods, expected.cpu.throttledPeriods, expected.cpu.throttledTime) = (5, 2, 7000)
        (expected.cpu.burstPeriods, expected.cpu.burstTime) = (1, 9)
        (expected.cpuset.cpus, expected.cpuset.mems, expected.cpuset.schedRelaxDomainLevel) = ([0, 1, 3], [0], -1)
        expected.memory.cache = 11
        expected.memory.raw = ["cache": 11, "rss": 12]
        expected.memory.usage = .init(usage: 100, maximum: 120, limit: 9_223_372_036_854_771_712, failures: 3)
        expected.memory.swap = .init(usage: 130, failures: 4)
        expected.memory.swapOnly = .init(usage: 30, failures: 1)
        (expected.memory.usesHierarchy, expected.memory.oomKills) = (true, 6)
        expected.pids.current = 2
        expected.blockIO.serviced = [
            .init(major: 8, minor: 0, operation: "Read", value: 1), .init(major: 8, minor: 0, operation: "Write", value: 2),
            .init(major: 8, minor: 0, operation: "Total", value: 3),
        ]
        expected.blockIO.serviceBytes = [.init(major: 8, minor: 0, operation: "Read", value: 512)]
        expected.hugepages = ["2MB": .init(usage: 5, failures: 1)]
        expected.rdma = [.init(device: "mlx", handles: 2, objects: 3, handleLimit: .max, objectLimit: 9)]
        #expect(stats == expected)
    }

    @Test("version 2, in version 1's terms")
    func v2() throws {
        try tree.put(
            "c",
            [
                "cpu.stat":
                    "usage_usec 100\nuser_usec 60\nsystem_usec 40\nnr_periods 5\nnr_throttled 2\nthrottled_usec 7\nnr_bursts 1\nburst_usec 9\n",
                "cpu.pressure": "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=5\n",
                "cpuset.cpus.effective": "0-1\n", "memory.stat": "anon 1\nfile 2\n", "memory.current": "100\n", "memory.max": "200\n",
                "memory.peak": "150\n", "memory.events": "low 0\nhigh 0\nmax 4\noom 1\noom_kill 6\n", "memory.swap.current": "10\n",
                "memory.swap.max": "30\n", "memory.swap.events": "high 0\nmax 8\nfail 0\n", "pids.current": "2\n", "pids.max": "9\n",
                "io.stat": "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n253:0\n", "hugetlb.2MB.max": "max\n",
                "hugetlb.2MB.current": "7\n", "hugetlb.2MB.events": "max 2\n",
            ])
        let stats = try Cgroups.manager(path: "/c", hierarchies: CgroupHierarchies(v1: [], unified: tree.root)).stats()
        #expect(stats.cpu.usage == 100_000 && stats.cpu.user == 60_000 && stats.cpu.system == 40_000)
        #expect(stats.cpu.throttledTime == 7000 && stats.cpu.burstTime == 9000 && stats.cpu.periods == 5)
        #expect(stats.cpu.pressure?.some == .init(average10: 1.5, average60: 0.25, average300: 0, total: 77))
        #expect(stats.cpu.pressure?.full.total == 5 && stats.memory.pressure == nil)
        #expect(stats.cpuset.cpus == [0, 1])
        #expect(stats.memory.cache == 2 && stats.memory.usesHierarchy && stats.memory.oomKills == 6)
        #expect(stats.memory.usage == .init(usage: 100, maximum: 150, limit: 200, failures: 4))
        #expect(stats.memory.swapOnly == .init(usage: 10, limit: 30, failures: 8))
        #expect(stats.memory.swap == .init(usage: 110, limit: 230))
        #expect(stats.pids == .init(current: 2, limit: 9))
        #expect(
            stats.blockIO.serviceBytes == [
                .init(major: 8, minor: 0, operation: "Read", value: 1), .init(major: 8, minor: 0, operation: "Write", value: 2),
                .init(major: 8, minor: 0, operation: "Discard", value: 5),
            ])
        #expect(stats.blockIO.serviced.map(\.value) == [3, 4, 6])
        #expect(stats.hugepages == ["2MB": .init(usage: 7, failures: 2)])
    }

    @Test("no limit on swap stays no limit, and a group without controllers counts its processes")
    func sparse() throws {
        try tree.put(
            "c",
            [
                "memory.current": "1\n", "memory.max": "max\n", "memory.swap.current": "1\n", "memory.swap.max": "max\n",
                "cgroup.procs": "1\n2\n",
            ])
        let stats = try Cgroups.manager(path: "/c", hierarchies: CgroupHierarchies(v1: [], unified: tree.root)).stats()
        #expect(stats.memory.swap.limit == .max && stats.memory.usage.limit == .max)
        #expect(stats.pids == .init(current: 2, limit: 0))
        // A group that is gone has nothing to tell, and that is no error.
        var nothing = CgroupStats()
        nothing.memory.usesHierarchy = true
        #expect(try Cgroups.manager(path: "/gone", hierarchies: CgroupHierarchies(v1: [], unified: tree.root)).stats() == nothing)
    }

    @Test(
        "lists of numbers", arguments: [("0-2,7", [0, 1, 2, 7]), ("", []), ("3", [3]), ("2-1,x,5-,1-2-3,9", [9])] as [(String, [UInt16])])
    func lists(text: String, numbers: [UInt16]) { #expect(StatsReader.list(text) == numbers) }
}
