// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Every limit of a spec on a version 2 tree of plain files: conversions, what has no counterpart, what a live change
// takes from the values in force.

import Glibc
import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Limits on version 2")
struct LimitsV2Tests {
    let tree: FakeTree
    let manager: any CgroupManager

    init() throws {
        tree = try FakeTree()
        try tree.put(
            "c1",
            [
                "cgroup.controllers": "cpuset cpu io memory hugetlb pids rdma\n", "cpu.max": "max 100000\n", "memory.max": "",
                "memory.swap.max": "", "memory.current": "1000\n",
            ])
        try tree.record(
            "c1",
            [
                "memory.low", "memory.high", "pids.max", "cpu.weight", "cpu.idle", "cpu.max.burst", "cpuset.cpus", "cpuset.mems",
                "io.weight",
                "io.max", "hugetlb.2MB.max", "hugetlb.2MB.rsvd.max", "rdma.max", "cgroup.max.descendants",
            ])
        manager = try Cgroups.manager(path: "/c1", hierarchies: CgroupHierarchies(v1: [], unified: tree.root))
    }

    static let cases: [LimitsV1Tests.Case] = [
        .init("c1/memory.low", "1048576", .init(memory: .init(reservation: 1 << 20))),
        .init("c1/memory.low", "max", .init(memory: .init(reservation: -1))),
        .init("c1/memory.low", "", .init(memory: .init(reservation: 0))),
        .init("c1/pids.max", "20", .init(pids: .init(limit: 20))), .init("c1/pids.max", "max", .init(pids: .init(limit: -1))),
        .init("c1/pids.max", "", .init(pids: .init(limit: 0))), .init("c1/cpu.weight", "100", .init(cpu: .init(shares: 1024))),
        .init("c1/cpu.weight", "", .init(cpu: .init(shares: 0))), .init("c1/cpu.idle", "1", .init(cpu: .init(idle: 1))),
        .init("c1/cpu.max.burst", "5000", .init(cpu: .init(burst: 5000))), .init("c1/cpuset.cpus", "0-1", .init(cpu: .init(cpus: "0-1"))),
        .init("c1/cpuset.mems", "0", .init(cpu: .init(mems: "0"))), .init("c1/io.weight", "10000", .init(blockIO: .init(weight: 1000))),
        .init("c1/io.weight", "8:16 1", .init(blockIO: .init(weightDevice: [.init(major: 8, minor: 16, weight: 10)]))),
        .init(
            "c1/io.max", "8:0 rbps=1|8:0 wbps=max|8:0 riops=3|8:0 wiops=4|",
            .init(
                blockIO: .init(
                    throttleReadBpsDevice: [.init(major: 8, minor: 0, rate: 1)],
                    throttleWriteBpsDevice: [.init(major: 8, minor: 0, rate: 0)],
                    throttleReadIOPSDevice: [.init(major: 8, minor: 0, rate: 3)],
                    throttleWriteIOPSDevice: [.init(major: 8, minor: 0, rate: 4)])
            )), .init("c1/hugetlb.2MB.max", "4096", .init(hugepageLimits: [.init(pageSize: "2MB", limit: 4096)])),
        .init("c1/hugetlb.2MB.rsvd.max", "4096", .init(hugepageLimits: [.init(pageSize: "2MB", limit: 4096)])),
        .init("c1/rdma.max", "mlx hca_handle=1", .init(rdma: ["mlx": .init(hcaHandles: 1)])),
        .init("c1/memory.high", "1000", .init(unified: ["memory.high": "1000"])),
        .init("c1/io.max", "8:0 rbps=1|8:0 wbps=2|", .init(unified: ["io.max": "8:0 rbps=1\n8:0 wbps=2\n"])),
        .init("c1/cgroup.max.descendants", "3", .init(unified: ["cgroup.max.descendants": "3"])),
    ]

    @Test("a limit goes to its file in the kernel's words", arguments: cases)
    func written(wanted: LimitsV1Tests.Case) throws {
        #expect(try manager.apply(wanted.resources).isEmpty)
        #expect(try tree.writes(wanted.file) == wanted.text.replacingBars)
    }

    @Test("a controller that is not on here is an error that names it and the file", arguments: cases)
    func absent(wanted: LimitsV1Tests.Case) throws {
        if wanted.text.isEmpty || wanted.file.contains("rsvd") || wanted.file.contains("cgroup.") { return }
        try (tree.root / wanted.file).unlink()
        try tree.put("c1", ["cgroup.controllers": "nothing\n"])
        let error = #expect(throws: SyscallError.self) { try manager.apply(wanted.resources) }
        let file = wanted.file.dropFirst(3)
        let controller = file.split(separator: ".")[0]
        #expect(error?.errno == ENODEV)
        #expect(error?.description.contains("controller \(controller) is not available for \(file)") == true, "\(error?.description ?? "")")
    }

    @Test("a file that the kernel lacks is an error that names it", arguments: cases)
    func missingFile(wanted: LimitsV1Tests.Case) throws {
        if wanted.text.isEmpty || wanted.file.contains("rsvd") { return }
        try (tree.root / wanted.file).unlink()
        let error = #expect(throws: SyscallError.self) { try manager.apply(wanted.resources) }
        if wanted.file.contains("cgroup.") { return }
        #expect(error?.errno == ENOENT)
        #expect(error?.description.contains(" has no usable \(wanted.file.dropFirst(3))") == true, "\(error?.description ?? "")")
    }

    @Test("the bfq scheduler's weights are used where they are, on their own scale")
    func bfq() throws {
        try tree.record("c1", ["io.bfq.weight"])
        _ = try manager.apply(.init(blockIO: .init(weight: 500, weightDevice: [.init(major: 8, minor: 0, weight: 30)])))
        #expect(try tree.writes("c1/io.bfq.weight") == "5008:0 30" && tree.writes("c1/io.weight") == "")
    }

    @Test(
        "memory, and swap alone from memory and swap together",
        arguments: [
            (RuntimeSpec.Memory(limit: 64), "64", ""), (.init(limit: 64, swap: 96), "64", "32"), (.init(limit: 64, swap: 64), "64", "0"),
            (.init(limit: 64, swap: -1), "64", "max"), (.init(limit: -1), "max", "max"), (.init(limit: -1, swap: 70), "max", "70"),
            (.init(swap: -1), "", "max"), (.init(limit: 0, swap: 0), "", ""),
        ])
    func memory(memory: RuntimeSpec.Memory, limit: String, swap: String) throws {
        _ = try manager.apply(.init(memory: memory))
        #expect(try tree.text("c1/memory.max") == limit && tree.text("c1/memory.swap.max") == swap)
    }

    @Test("without swap limits, no swap and any swap are no error, and a limit is")
    func noSwap() throws {
        try (tree.root / "c1/memory.swap.max").unlink()
        _ = try manager.apply(.init(memory: .init(limit: 64, swap: 64)))
        _ = try manager.apply(.init(memory: .init(limit: 64, swap: -1)))
        #expect(throws: SyscallError.self) { try manager.apply(.init(memory: .init(limit: 64, swap: 65))) }
    }

    @Test(
        "a value that can't be is refused with its name",
        arguments: [
            (RuntimeSpec.Resources(memory: .init(swap: 64)), "memory.swap.max: a limit of swap needs a limit of memory"),
            (.init(memory: .init(limit: 64, swap: 63)), "is less than that of memory"), (.init(memory: .init(kernel: 1)), "memory.kernel"),
            (.init(memory: .init(kernelTCP: 1)), "memory.kernelTCP"), (.init(memory: .init(swappiness: 60)), "memory.swappiness"),
            (.init(memory: .init(disableOOMKiller: true)), "memory.disableOOMKiller"),
            (.init(cpu: .init(realtimeRuntime: 1)), "cpu.realtimeRuntime"),
            (.init(cpu: .init(realtimePeriod: 1)), "cpu.realtimePeriod"), (.init(blockIO: .init(leafWeight: 10)), "blockIO.leafWeight"),
            (.init(blockIO: .init(weightDevice: [.init(major: 8, minor: 0, leafWeight: 10)])), "weightDevice.leafWeight"),
            (.init(blockIO: .init(weight: 9)), "weight 9"), (.init(network: .init(classID: 1)), "network.classID"),
            (.init(network: .init(priorities: [.init(name: "lo", priority: 1)])), "network.priorities"),
            (.init(unified: ["../memory.max": "1"]), "unified[\"../memory.max\"]"), (.init(unified: ["memory": "1"]), "CONTROLLER.FILE"),
            (.init(unified: ["": "1"]), "CONTROLLER.FILE"), (.init(unified: [".max": "1"]), "CONTROLLER.FILE"),
            (.init(unified: ["cgroup.procs": "1"]), "is not a limit"), (.init(unified: ["cgroup.kill": "1"]), "is not a limit"),
            (.init(unified: ["cgroup.freeze": "1"]), "is not a limit"), (.init(unified: ["cgroup.threads": "1"]), "is not a limit"),
        ])
    func refused(resources: RuntimeSpec.Resources, name: String) throws {
        let error = #expect(throws: SyscallError.self) { try manager.apply(resources) }
        #expect(error?.description.contains(name) == true, "\(error?.description ?? "")")
    }

    @Test(
        "quota and period of a new container",
        arguments: [(50_000, nil, "50000 100000"), (-1, 50_000, "max 50000"), (nil, 40_000, "max 40000"), (nil, nil, "max 100000\n")]
            as [(Int64?, UInt64?, String)])
    func quota(quota: Int64?, period: UInt64?, text: String) throws {
        try tree.put("c1", ["cpu.max": text == "max 100000\n" ? text : "                     "])
        _ = try manager.apply(.init(cpu: .init(quota: quota, period: period)))
        #expect(try tree.text("c1/cpu.max").split(separator: " ").joined(separator: " ") == text)
    }

    @Test("a live change takes what is not given from the values in force")
    func update() throws {
        try tree.put("c1", ["cpu.max": "20000 50000\n"])
        _ = try manager.update(.init(cpu: .init(quota: 30_000)))
        #expect(try tree.text("c1/cpu.max") == "30000 50000\n")
        _ = try manager.update(.init(cpu: .init(period: 60_000)))
        #expect(try tree.text("c1/cpu.max") == "30000 60000\n")
        // Memory alone keeps the sum.
        try tree.put("c1", ["memory.max": "1000\n", "memory.swap.max": "3000\n"])
        _ = try manager.update(.init(memory: .init(limit: 2000)))
        #expect(try tree.text("c1/memory.max") == "2000\n" && tree.text("c1/memory.swap.max") == "2000\n")
        let error = #expect(throws: SyscallError.self) { try manager.update(.init(memory: .init(limit: 5000))) }
        #expect(error?.description.contains("is more than the limit of memory and swap (4000)") == true)
        // Swap alone counts from the memory in force.
        _ = try manager.update(.init(memory: .init(swap: 3500)))
        #expect(try tree.text("c1/memory.swap.max") == "1500\n")
        #expect(throws: SyscallError.self) { try manager.update(.init(memory: .init(swap: 1999))) }
        try tree.put("c1", ["memory.max": "max\n", "memory.swap.max": "max\n"])
        _ = try manager.update(.init(memory: .init(swap: 900)))
        #expect(try tree.text("c1/memory.swap.max") == "900\n")
    }

    @Test("a limit that is asked to be checked first is refused when more is in use")
    func checkBeforeUpdate() throws {
        for memory in [RuntimeSpec.Memory(limit: 1000, checkBeforeUpdate: true), .init(limit: 500, swap: 1000, checkBeforeUpdate: true)] {
            let error = #expect(throws: SyscallError.self) { try manager.update(.init(memory: memory)) }
            #expect(error?.errno == EBUSY && error?.description.contains("in use (1000)") == true)
        }
        #expect(try tree.text("c1/memory.max") == "")
        _ = try manager.update(.init(memory: .init(limit: 1001, checkBeforeUpdate: true)))
        _ = try manager.update(.init(memory: .init(limit: -1, checkBeforeUpdate: true)))
    }

    @Test(
        "weights",
        arguments: [(2, 1), (1024, 100), (262_144, 10_000), (0, 1), (999_999, 10_000), (512, 59), (2048, 174)] as [(UInt64, UInt64)])
    func weights(shares: UInt64, weight: UInt64) { #expect(LimitWriter.weight(shares: shares) == weight) }
}
