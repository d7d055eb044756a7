// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Every limit of a spec on a version 1 tree of plain files: which file gets which text, and what is said when there is
// no file, no controller, or no sense in the value.

import Glibc
import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Limits on version 1")
struct LimitsV1Tests {
    private static let controllers = [
        "memory", "cpu", "pids", "devices", "cpuset", "blkio", "hugetlb", "net_cls", "net_prio", "rdma", "freezer",
    ]
    let tree: FakeTree
    let manager: any CgroupManager

    init() throws {
        tree = try FakeTree()
        // Read by the writer, too, or written once only.
        try tree.put(
            "memory/c1",
            [
                "memory.limit_in_bytes": "", "memory.memsw.limit_in_bytes": "", "memory.usage_in_bytes": "700\n",
                "memory.max_usage_in_bytes": "900\n",
            ])
        try tree.put("cpu/c1", ["cpu.shares": ""])
        try tree.put("devices/c1", ["devices.list": "a *:* rwm\n"])
        try tree.record("devices/c1", ["devices.allow", "devices.deny"])
        try tree.record(
            "memory/c1",
            [
                "memory.soft_limit_in_bytes", "memory.kmem.limit_in_bytes", "memory.kmem.tcp.limit_in_bytes", "memory.use_hierarchy",
                "memory.oom_control", "memory.swappiness",
            ])
        try tree.record(
            "cpu/c1",
            [
                "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.cfs_burst_us", "cpu.rt_period_us", "cpu.rt_runtime_us", "cpu.idle",
            ])
        try tree.record("pids/c1", ["pids.max"])
        try tree.record("cpuset/c1", ["cpuset.cpus", "cpuset.mems"])
        try tree.record(
            "blkio/c1",
            ["blkio.bfq.weight", "blkio.bfq.weight_device", "blkio.leaf_weight", "blkio.leaf_weight_device"]
                + ["read_bps", "write_bps", "read_iops", "write_iops"].map { "blkio.throttle.\($0)_device" })
        try tree.record(
            "hugetlb/c1",
            ["hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.rsvd.limit_in_bytes", "hugetlb.1GB.limit_in_bytes"])
        try tree.record("net_cls/c1", ["net_cls.classid"])
        try tree.record("net_prio/c1", ["net_prio.ifpriomap"])
        try tree.record("rdma/c1", ["rdma.max"])
        manager = try LimitsV1Tests.manager(tree.root, LimitsV1Tests.controllers)
    }

    private static func manager(_ root: HostPath, _ controllers: [String]) throws -> any CgroupManager {
        try Cgroups.manager(
            path: "/c1",
            hierarchies: CgroupHierarchies(
                v1: controllers.map { CgroupHierarchies.Controllers(mountPoint: root / $0, names: [$0]) }, unified: nil))
    }

    /// One value, the file that it goes to, and its text there.
    struct Case: Sendable, CustomTestStringConvertible {
        let resources: RuntimeSpec.Resources
        let file: String
        let text: String
        var testDescription: String { "\(file) \(text)" }

        init(_ file: String, _ text: String, _ resources: RuntimeSpec.Resources) {
            (self.resources, self.file, self.text) = (resources, file, text)
        }
    }

    static let cases: [Case] = [
        Case("memory/c1/memory.soft_limit_in_bytes", "1048576", .init(memory: .init(reservation: 1 << 20))),
        Case("memory/c1/memory.soft_limit_in_bytes", "-1", .init(memory: .init(reservation: -1))),
        Case("memory/c1/memory.soft_limit_in_bytes", "", .init(memory: .init(reservation: 0))),
        Case("memory/c1/memory.kmem.limit_in_bytes", "5", .init(memory: .init(kernel: 5))),
        Case("memory/c1/memory.kmem.tcp.limit_in_bytes", "-1", .init(memory: .init(kernelTCP: -1))),
        Case("memory/c1/memory.use_hierarchy", "1", .init(memory: .init(useHierarchy: true))),
        Case("memory/c1/memory.use_hierarchy", "", .init()),
        Case("memory/c1/memory.oom_control", "1", .init(memory: .init(disableOOMKiller: true))),
        Case("memory/c1/memory.swappiness", "0", .init(memory: .init(swappiness: 0))),
        Case("memory/c1/memory.swappiness", "100", .init(memory: .init(swappiness: 100))),
        Case("memory/c1/memory.swappiness", "", .init(memory: .init(swappiness: .max))),
        Case("cpu/c1/cpu.cfs_period_us", "50000", .init(cpu: .init(period: 50_000))),
        Case("cpu/c1/cpu.cfs_quota_us", "25000", .init(cpu: .init(quota: 25_000))),
        Case("cpu/c1/cpu.cfs_quota_us", "-1", .init(cpu: .init(quota: -1))),
        Case("cpu/c1/cpu.cfs_quota_us", "", .init(cpu: .init(quota: 0, period: 0))),
        Case("cpu/c1/cpu.cfs_burst_us", "0", .init(cpu: .init(burst: 0))),
        Case("cpu/c1/cpu.rt_period_us", "1000000", .init(cpu: .init(realtimePeriod: 1_000_000))),
        Case("cpu/c1/cpu.rt_runtime_us", "9000", .init(cpu: .init(realtimeRuntime: 9000))),
        Case("cpu/c1/cpu.idle", "1", .init(cpu: .init(idle: 1))),
        Case("cpu/c1/cpu.idle", "0", .init(cpu: .init(idle: 0))),
        Case("cpuset/c1/cpuset.cpus", "0-1,3", .init(cpu: .init(cpus: "0-1,3"))),
        Case("cpuset/c1/cpuset.mems", "0", .init(cpu: .init(mems: "0"))),
        Case("pids/c1/pids.max", "20", .init(pids: .init(limit: 20))),
        Case("pids/c1/pids.max", "max", .init(pids: .init(limit: -1))),
        Case("pids/c1/pids.max", "", .init(pids: .init(limit: 0))),
        Case("blkio/c1/blkio.bfq.weight", "500", .init(blockIO: .init(weight: 500))),
        Case("blkio/c1/blkio.leaf_weight", "20", .init(blockIO: .init(leafWeight: 20))),
        Case(
            "blkio/c1/blkio.bfq.weight_device", "8:16 300", .init(blockIO: .init(weightDevice: [.init(major: 8, minor: 16, weight: 300)]))),
        Case(
            "blkio/c1/blkio.leaf_weight_device", "8:16 30",
            .init(blockIO: .init(weightDevice: [.init(major: 8, minor: 16, leafWeight: 30)]))),
        Case(
            "blkio/c1/blkio.throttle.read_bps_device", "8:0 1000|8:16 0|",
            .init(
                blockIO: .init(throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1000), .init(major: 8, minor: 16, rate: 0)]))),
        Case(
            "blkio/c1/blkio.throttle.write_bps_device", "8:0 18446744073709551615|",
            .init(blockIO: .init(throttleWriteBpsDevice: [.init(major: 8, minor: 0, rate: .max)]))),
        Case(
            "blkio/c1/blkio.throttle.read_iops_device", "8:0 3|",
            .init(blockIO: .init(throttleReadIOPSDevice: [.init(major: 8, minor: 0, rate: 3)]))),
        Case(
            "blkio/c1/blkio.throttle.write_iops_device", "8:0 4|",
            .init(blockIO: .init(throttleWriteIOPSDevice: [.init(major: 8, minor: 0, rate: 4)]))),
        Case("hugetlb/c1/hugetlb.2MB.limit_in_bytes", "4194304", .init(hugepageLimits: [.init(pageSize: "2MB", limit: 4 << 20)])),
        Case("hugetlb/c1/hugetlb.2MB.rsvd.limit_in_bytes", "4194304", .init(hugepageLimits: [.init(pageSize: "2MB", limit: 4 << 20)])),
        Case("hugetlb/c1/hugetlb.1GB.limit_in_bytes", "0", .init(hugepageLimits: [.init(pageSize: "1GB", limit: 0)])),
        Case("net_cls/c1/net_cls.classid", "1048577", .init(network: .init(classID: 0x100001))),
        Case("net_cls/c1/net_cls.classid", "", .init(network: .init(classID: 0))),
        Case(
            "net_prio/c1/net_prio.ifpriomap", "eth0 5|lo 0|",
            .init(network: .init(priorities: [.init(name: "eth0", priority: 5), .init(name: "lo", priority: 0)]))),
        Case(
            "rdma/c1/rdma.max", "mlx4_0 hca_handle=2 hca_object=2000|mlx5_1 hca_object=4294967295|",
            .init(rdma: ["mlx5_1": .init(hcaObjects: .max), "mlx4_0": .init(hcaHandles: 2, hcaObjects: 2000)])),
        Case("devices/c1/devices.deny", "a", .init(devices: [.init(allow: false)])),
        Case(
            "devices/c1/devices.allow", "b *:* m|c 1:3 rwm|",
            .init(devices: [
                .init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3), .init(allow: true, type: "b", access: "m"),
            ])),
    ]

    @Test("a limit goes to its file in the kernel's words", arguments: cases)
    func written(wanted: Case) throws {
        #expect(try manager.apply(wanted.resources).isEmpty)
        // `|` in the table is only for the reader's eye: several writes to one file follow each other.
        #expect(try tree.writes(wanted.file) == wanted.text.replacingBars)
    }

    @Test("nothing is written for a spec without limits")
    func nothing() throws {
        #expect(try manager.apply(.init()).isEmpty)
        for item in LimitsV1Tests.cases { if (try? tree.writes(item.file)) != "" { Issue.record("\(item.file) was written") } }
        #expect(try tree.text("memory/c1/memory.limit_in_bytes") == "")
    }

    @Test(
        "memory and swap",
        arguments: [
            (RuntimeSpec.Memory(limit: 64), "64", ""), (.init(limit: 64, swap: 128), "64", "128"), (.init(limit: 64, swap: -1), "64", "-1"),
            // No limit on memory means none on swap.
            (.init(limit: -1), "-1", "-1"), (.init(swap: 128), "", "128"), (.init(limit: 0, swap: 0), "", ""),
        ])
    func memory(memory: RuntimeSpec.Memory, limit: String, swap: String) throws {
        _ = try manager.apply(.init(memory: memory))
        #expect(try tree.text("memory/c1/memory.limit_in_bytes") == limit)
        #expect(try tree.text("memory/c1/memory.memsw.limit_in_bytes") == swap)
    }

    @Test("without accounting of swap, no limit on swap is no error, and one is")
    func noSwap() throws {
        try (tree.root / "memory/c1/memory.memsw.limit_in_bytes").unlink()
        _ = try manager.apply(.init(memory: .init(limit: 64, swap: -1)))
        _ = try manager.apply(.init(memory: .init(limit: -1)))
        let error = #expect(throws: SyscallError.self) { try manager.apply(.init(memory: .init(limit: 64, swap: 128))) }
        #expect(error?.description.contains("controller memory has no usable memory.memsw.limit_in_bytes") == true)
    }

    @Test("shares are checked for what the kernel made of them")
    func shares() throws {
        _ = try manager.apply(.init(cpu: .init(shares: 512)))
        #expect(try tree.text("cpu/c1/cpu.shares") == "512")
        // A file that keeps more digits than were written: the kernel's limit in the other direction.
        try tree.put("cpu/c1", ["cpu.shares": "9999"])
        let error = #expect(throws: SyscallError.self) { try manager.apply(.init(cpu: .init(shares: 1))) }
        #expect(error?.description == "cgroup cpu.shares 1: the minimum allowed is 1999: invalid argument")
    }

    @Test("older names of files are used where the kernel has them")
    func aliases() throws {
        try tree.record("blkio/c1", ["blkio.weight", "blkio.weight_device"])
        try tree.record("cpuset/c1", ["cpus", "mems"])
        for file in ["cpuset.cpus", "cpuset.mems"] { try (tree.root / "cpuset/c1" / file).unlink() }
        _ = try manager.apply(
            .init(
                cpu: .init(cpus: "0", mems: "1"),
                blockIO: .init(weight: 10, weightDevice: [.init(major: 8, minor: 0, weight: 11)])))
        #expect(try tree.writes("blkio/c1/blkio.weight") == "10")
        #expect(try tree.writes("blkio/c1/blkio.weight_device") == "8:0 11")
        #expect(try tree.writes("cpuset/c1/cpus") == "0" && tree.writes("cpuset/c1/mems") == "1")
    }

    @Test(
        "a value that can't be is refused with its name",
        arguments: [
            (RuntimeSpec.Resources(memory: .init(swappiness: 101)), "memory.swappiness 101"),
            (.init(hugepageLimits: [.init(pageSize: "../2MB", limit: 1)]), "hugepageLimits"),
            (.init(hugepageLimits: [.init(pageSize: "2mb", limit: 1)]), "hugepageLimits"),
            (.init(network: .init(priorities: [.init(name: "eth 0", priority: 1)])), "network.priorities"),
            (.init(rdma: ["a\nb": .init(hcaHandles: 1)]), "rdma"), (.init(rdma: ["mlx": .init()]), "rdma[\"mlx\"] has no limit"),
            (.init(blockIO: .init(weightDevice: [.init(major: -1, minor: 0, weight: 10)])), "blockIO.weightDevice"),
            (.init(blockIO: .init(throttleReadBpsDevice: [.init(major: 8, minor: 1 << 32, rate: 1)])), "throttleReadBpsDevice"),
            (.init(unified: ["memory.high": "1"]), "linux.resources.unified needs cgroup version 2"),
            (.init(devices: [.init(allow: true, type: "x")]), "devices[0].type"),
        ])
    func refused(resources: RuntimeSpec.Resources, name: String) throws {
        let error = #expect(throws: SyscallError.self) { try manager.apply(resources) }
        #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
    }

    @Test("a controller that the host lacks is an error that names it and the file", arguments: cases)
    func absent(wanted: Case) throws {
        if wanted.text.isEmpty || wanted.file.hasPrefix("freezer") { return }
        let parts = wanted.file.split(separator: "/")
        let others = LimitsV1Tests.controllers.filter { $0 != parts[0] }
        let error = #expect(throws: SyscallError.self) { try Self.manager(tree.root, others).apply(wanted.resources) }
        #expect(error?.errno == ENODEV)
        #expect(error?.description.contains("controller \(parts[0]) is not available for ") == true, "\(error?.description ?? "")")
    }

    @Test("a file that the kernel lacks is an error that names it and its controller", arguments: cases)
    func missingFile(wanted: Case) throws {
        if wanted.text.isEmpty || wanted.file.contains("rsvd") || wanted.file.contains("devices/") { return }
        let parts = wanted.file.split(separator: "/")
        try (tree.root / wanted.file).unlink()
        let error = #expect(throws: SyscallError.self) { try manager.apply(wanted.resources) }
        #expect(error?.errno == ENOENT)
        #expect(error?.description.contains("controller \(parts[0]) has no usable ") == true, "\(error?.description ?? "")")
    }

    @Test("a later change of devices writes only what differs, and none leaves them alone")
    func devicesUpdate() throws {
        try tree.put("devices/c1", ["devices.list": "c 1:3 rwm\nc 5:* rw\n"])
        _ = try manager.update(.init())
        #expect(try tree.writes("devices/c1/devices.deny") == "" && tree.writes("devices/c1/devices.allow") == "")
        _ = try manager.update(
            .init(devices: [.init(allow: true, type: "c", major: 1, minor: 3), .init(allow: true, type: "c", major: 10, minor: 200)]))
        #expect(try tree.writes("devices/c1/devices.deny") == "c 5:* rw")
        #expect(try tree.writes("devices/c1/devices.allow") == "c 10:200 rwm")
    }
}

extension String {
    /// Without the table's bars.
    var replacingBars: String { String(decoding: utf8.filter { $0 != UInt8(ascii: "|") }, as: UTF8.self) }
}
