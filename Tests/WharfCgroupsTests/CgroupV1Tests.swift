// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Making, joining and leaving version 1 and hybrid groups, on trees of plain files.

import Glibc
import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Version 1 and hybrid")
struct CgroupV1Tests {
    let tree: FakeTree

    init() throws { tree = try FakeTree() }

    private func manager(_ controllers: [String], unified: Bool = false) throws -> any CgroupManager {
        for name in controllers { try (tree.root / name).mkdir() }
        if unified { try (tree.root / "unified").mkdir() }
        return try Cgroups.manager(
            path: "/wharf/c1",
            hierarchies: CgroupHierarchies(
                v1: controllers.map { CgroupHierarchies.Controllers(mountPoint: tree.root / $0, names: [$0]) },
                unified: unified ? tree.root / "unified" : nil))
    }

    @Test("a cpuset takes over what its parents have, from the top")
    func cpuset() throws {
        try tree.put("cpuset", ["cpuset.cpus": "0-1\n", "cpuset.mems": "0\n"])
        try tree.put("cpuset/wharf", ["cpuset.cpus": "\n", "cpuset.mems": "\n"])
        try tree.put("cpuset/wharf/c1", ["cpuset.cpus": "\n", "cpuset.mems": "\n", "cgroup.procs": ""])
        try manager(["cpuset"]).create()
        #expect(try tree.text("cpuset/wharf/cpuset.cpus") == "0-1")
        #expect(try tree.text("cpuset/wharf/c1/cpuset.cpus") == "0-1")
        #expect(try tree.text("cpuset/wharf/c1/cpuset.mems") == "0")
    }

    @Test("every used hierarchy is joined, unused ones are not made, and rare ones only for their limits")
    func join() throws {
        let names = ["memory", "pids", "perf_event", "net_cls", "name=systemd"]
        let group = try manager(names)
        for name in names { try tree.put("\(name)/wharf/c1", ["cgroup.procs": ""]) }
        try (tree.root / "net_cls/wharf").removeTree()
        try group.add(4711)
        #expect(try tree.text("memory/wharf/c1/cgroup.procs") == "4711" && tree.text("pids/wharf/c1/cgroup.procs") == "4711")
        #expect(try tree.text("perf_event/wharf/c1/cgroup.procs") == "" && tree.text("name=systemd/wharf/c1/cgroup.procs") == "")
        #expect(group.directories.map(\.controllers) == [["memory"], ["pids"]])
        // The limit fails on this tree, which makes no files by itself; its directory is there.
        #expect(throws: SyscallError.self) { try group.apply(.init(network: .init(classID: 1))) }
        #expect(group.directories.map(\.controllers) == [["memory"], ["pids"], ["net_cls"]])
    }

    @Test("a group with processes is somebody else's")
    func occupied() throws {
        try tree.put("memory/wharf/c1", ["cgroup.procs": "12\n13\n"])
        let error = #expect(throws: SyscallError.self) { try manager(["memory"]).create() }
        #expect(error?.errno == EBUSY && error?.description.contains("is not empty (2 processes)") == true)
    }

    @Test("a failure halfway leaves no directories")
    func undo() throws {
        try tree.put("pids/wharf/c1", ["cgroup.procs": "12\n"])
        #expect(throws: SyscallError.self) { try manager(["memory", "pids"]).create() }
        #expect(try !(tree.root / "memory/wharf").exists())
        #expect(try (tree.root / "pids/wharf/c1").exists())
    }

    @Test("on a hybrid host a controller may be in the version 2 hierarchy, and is switched on from the top")
    func hybrid() throws {
        let group = try manager(["memory"], unified: true)
        for directory in ["unified", "unified/wharf"] {
            try tree.put(directory, ["cgroup.controllers": "hugetlb\n", "cgroup.subtree_control": ""])
        }
        try tree.record("unified/wharf/c1", ["hugetlb.2MB.max", "hugetlb.2MB.rsvd.max"])
        _ = try group.apply(.init(hugepageLimits: [.init(pageSize: "2MB", limit: 2 << 20)], unified: ["hugetlb.2MB.max": "0"]))
        #expect(try tree.text("unified/cgroup.subtree_control") == "+hugetlb")
        #expect(try tree.text("unified/wharf/cgroup.subtree_control") == "+hugetlb")
        #expect(try tree.writes("unified/wharf/c1/hugetlb.2MB.max") == "20971520")
        #expect(try tree.writes("unified/wharf/c1/hugetlb.2MB.rsvd.max") == "2097152")
        let error = #expect(throws: SyscallError.self) { try group.apply(.init(unified: ["memory.high": "1"])) }
        #expect(error?.description == "cgroup controller memory is not available for memory.high: no such device")
        #expect(throws: SyscallError.self) { try group.apply(.init(rdma: ["mlx": .init(hcaHandles: 1)])) }
    }

    @Test("sub-groups by controller, that must be there and below")
    func subgroups() throws {
        let group = try manager(["memory", "pids"])
        try tree.put("memory/wharf/c1/sub", ["cgroup.procs": ""])
        try tree.put("pids/wharf/c1", ["cgroup.procs": ""])
        let sub = try group.subgroup(CgroupSubpaths(["memory:sub"]))
        try sub.add(7)
        #expect(try tree.text("memory/wharf/c1/sub/cgroup.procs") == "7" && tree.text("pids/wharf/c1/cgroup.procs") == "7")
        #expect(throws: SyscallError.self) { try group.subgroup(CgroupSubpaths(["sub"])) }
        #expect(throws: SyscallError.self) { try group.subgroup(CgroupSubpaths(["blkio:sub"])) }
        // A link that leads out of the group is not followed.
        try tree.put("memory/other", ["cgroup.procs": ""])
        _ = symlink("../../other", (tree.root / "memory/wharf/c1/link").description)
        #expect(throws: SyscallError.self) { try group.subgroup(CgroupSubpaths(["memory:link"])) }
    }

    @Test("version 1's own freezer: frozen by itself, not from above")
    func frozen() throws {
        let group = try manager(["freezer"])
        #expect(try !group.isFrozen())
        try tree.put("freezer/wharf/c1", ["freezer.state": "FROZEN\n", "freezer.self_freezing": "0\n"])
        #expect(try !group.isFrozen())
        try tree.put("freezer/wharf/c1", ["freezer.self_freezing": "1\n"])
        #expect(try group.isFrozen())
        try group.thaw()
        #expect(try tree.text("freezer/wharf/c1/freezer.state").hasPrefix("THAWED"))
    }

    @Test("a freezer that never gets there gives up, thawed")
    func neverFrozen() throws {
        let group = try manager(["freezer"])
        try tree.put("freezer/wharf/c1", [:])
        // Every write is taken, and every read says the same.
        let state = tree.root / "freezer/wharf/c1/freezer.state"
        try state.writeAtomically(Array("FREEZING\n".utf8), durable: false)
        // FROZEN over FREEZING gives `FROZENNG`, which no kernel says.
        let error = #expect(throws: SyscallError.self) { try group.freeze(timeout: .milliseconds(50)) }
        #expect(error?.errno == EPROTO)
        #expect(throws: SyscallError("cgroup", "controller freezer is not available for freezer.state", errno: ENODEV)) {
            try manager(["memory"]).freeze(timeout: .seconds(1))
        }
    }
}
