// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Control groups on trees of plain files that look like the kernel's, and on the host's own where there is root.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfCgroups

@Suite("Hierarchies")
struct HierarchyTests {
    private func parse(_ text: String) -> CgroupHierarchies { CgroupHierarchies(mountInfo: Array(text.utf8)) }

    @Test("version 1 with a version 2 beside it")
    func hybrid() {
        let found = parse(
            """
            25 30 0:22 / /sys/fs/cgroup ro,nosuid shared:9 - tmpfs tmpfs ro,mode=755
            26 25 0:23 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw,nsdelegate
            27 25 0:24 / /sys/fs/cgroup/cpu,cpuacct rw shared:1 master:2 - cgroup cgroup rw,cpu,cpuacct
            28 25 0:25 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,release_agent=/x,name=systemd
            29 25 0:24 / /other/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
            31 25 0:26 / /sys/fs/cgroup/with\\040space rw - cgroup cgroup rw,memory
            """)
        #expect(found.version == .hybrid)
        #expect(found.v1.map(\.names) == [["cpu", "cpuacct"], ["name=systemd"], ["memory"]])
        #expect(found.v1[0].mountPoint == HostPath("/sys/fs/cgroup/cpu,cpuacct"))
        #expect(found.v1[2].mountPoint == HostPath("/sys/fs/cgroup/with space"))
    }

    @Test("version 2, version 1, none, and lines that are no mounts")
    func versions() {
        #expect(parse("26 25 0:23 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw").version == .v2)
        #expect(
            parse("26 25 0:23 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n28 25 0:25 / /s rw - cgroup cgroup rw,name=systemd").version == .v2)
        #expect(parse("31 25 0:26 / /m rw - cgroup cgroup rw,memory").version == .v1)
        #expect(parse("1 2 3\n\n- - - - - - - -\n26 25 0:23 / /x rw - cgroup2").version == .none)
    }

    @Test("paths that could leave the hierarchy are refused", arguments: ["wharf", "/wharf/../x", "/", "/a//b"])
    func paths(path: String) {
        let hierarchies = CgroupHierarchies(v1: [], unified: HostPath("/nowhere"))
        #expect(throws: SyscallError("cgroup", path, errno: EINVAL)) { try Cgroups.manager(path: path, hierarchies: hierarchies) }
    }
}

/// A folder that stands in for a mounted hierarchy.
struct FakeTree {
    let temporary: TemporaryDirectory
    let root: HostPath

    init() throws {
        temporary = try TemporaryDirectory("cgroup")
        root = HostPath(temporary.path)
    }

    func put(_ directory: String, _ files: [String: String]) throws {
        try (root / directory).mkdir()
        for (name, text) in files { try (root / directory / name).writeAtomically(Array(text.utf8), durable: false) }
    }

    func text(_ file: String) throws -> String { String(decoding: try (root / file).read(limit: 1 << 16), as: UTF8.self) }
}

@Suite("Version 1")
struct CgroupV1Tests {
    let tree: FakeTree
    let manager: any CgroupManager

    init() throws {
        tree = try FakeTree()
        for (hierarchy, files) in [
            (
                "memory",
                ["memory.limit_in_bytes": "", "memory.memsw.limit_in_bytes": "9223372036854771712", "memory.soft_limit_in_bytes": ""]
            ),
            ("cpu", ["cpu.shares": "", "cpu.cfs_period_us": "", "cpu.cfs_quota_us": ""]), ("pids", ["pids.max": ""]),
            ("devices", ["devices.allow": "", "devices.deny": ""]),
        ] as [(String, [String: String])] {
            try tree.put("\(hierarchy)/wharf/c1", files.merging(["cgroup.procs": ""]) { $1 })
        }
        try tree.put("cpuset", ["cpuset.cpus": "0-1\n", "cpuset.mems": "0\n"])
        try tree.put("cpuset/wharf", ["cpuset.cpus": "\n", "cpuset.mems": "\n"])
        try tree.put("cpuset/wharf/c1", ["cpuset.cpus": "\n", "cpuset.mems": "\n", "cgroup.procs": ""])
        let root = tree.root
        let v1 = ["memory", "cpu", "pids", "devices", "cpuset", "perf_event"].map {
            CgroupHierarchies.Controllers(mountPoint: root / $0, names: [$0])
        }
        manager = try Cgroups.manager(path: "/wharf/c1", hierarchies: CgroupHierarchies(v1: v1, unified: nil))
    }

    @Test("a cpuset takes over what its parents have, from the top")
    func cpuset() throws {
        try manager.create()
        #expect(try tree.text("cpuset/wharf/cpuset.cpus") == "0-1\n".trimmed)
        #expect(try tree.text("cpuset/wharf/c1/cpuset.cpus") == "0-1")
        #expect(try tree.text("cpuset/wharf/c1/cpuset.mems") == "0")
    }

    @Test("every used hierarchy is joined, the others are not made")
    func join() throws {
        try manager.add(4711)
        for name in ["memory", "cpu", "pids", "devices", "cpuset"] { #expect(try tree.text("\(name)/wharf/c1/cgroup.procs") == "4711") }
        #expect(manager.directories.count == 5)
    }

    @Test("limits are written in the kernel's words, and what is missing is a warning")
    func limits() throws {
        let warnings = try manager.apply(
            .init(
                devices: [
                    .init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3),
                ], memory: .init(limit: 64 << 20, reservation: 1 << 20, swap: 128 << 20, swappiness: 10),
                cpu: .init(shares: 512, quota: 50_000, period: 100_000, cpus: "0"), pids: .init(limit: 20), blockIO: .init(weight: 500)))
        #expect(try tree.text("memory/wharf/c1/memory.limit_in_bytes") == "67108864")
        #expect(try tree.text("memory/wharf/c1/memory.memsw.limit_in_bytes").hasPrefix("134217728"))
        #expect(try tree.text("memory/wharf/c1/memory.soft_limit_in_bytes") == "1048576")
        #expect(try tree.text("cpu/wharf/c1/cpu.cfs_quota_us") == "50000")
        #expect(try tree.text("cpuset/wharf/c1/cpuset.cpus").hasPrefix("0"))
        #expect(try tree.text("pids/wharf/c1/pids.max") == "20")
        #expect(try tree.text("devices/wharf/c1/devices.deny") == "a")
        #expect(try tree.text("devices/wharf/c1/devices.allow") == "c 1:3 rwm")
        #expect(warnings.count == 2)
        #expect(warnings.allSatisfy { $0.contains("memory.swappiness") || $0.contains("blkio") })
    }

    @Test("no limit is written as max")
    func unlimited() throws {
        _ = try manager.apply(.init(pids: .init(limit: -1)))
        #expect(try tree.text("pids/wharf/c1/pids.max") == "max")
    }

    @Test("device rules as text")
    func rules() {
        #expect(ResourceWriter.text(of: .init(allow: true, type: "c", access: "m")) == "c *:* m")
        #expect(ResourceWriter.text(of: .init(allow: true, type: "b", major: 8, access: "r")) == "b 8:* r")
        #expect(ResourceWriter.text(of: .init(allow: false, type: "", access: "")) == "a")
    }
}

extension String {
    fileprivate var trimmed: String { String(split(separator: "\n").first ?? "") }
}

@Suite("Version 2")
struct CgroupV2Tests {
    let tree: FakeTree
    let manager: any CgroupManager

    init() throws {
        tree = try FakeTree()
        let files = ["cgroup.controllers": "cpu memory pids\n", "cgroup.subtree_control": "pids\n", "cgroup.procs": ""]
        for directory in [".", "wharf"] { try tree.put(directory, files) }
        try tree.put(
            "wharf/c1",
            [
                "cgroup.procs": "", "memory.max": "", "memory.swap.max": "", "memory.low": "", "pids.max": "", "cpu.weight": "",
                "cpu.max": "",
                "memory.high": "",
            ])
        manager = try Cgroups.manager(path: "/wharf/c1", hierarchies: CgroupHierarchies(v1: [], unified: tree.root))
    }

    @Test("controllers are switched on from the root down")
    func controllers() throws {
        try manager.create()
        #expect(try tree.text("cgroup.subtree_control").hasPrefix("+memory"))
        #expect(try tree.text("wharf/cgroup.subtree_control").hasPrefix("+memory"))
    }

    @Test("limits are converted")
    func limits() throws {
        let warnings = try manager.apply(
            .init(
                memory: .init(limit: 64 << 20, reservation: 1 << 20, swap: 96 << 20), cpu: .init(shares: 1024, quota: 50_000, cpus: "0"),
                pids: .init(limit: 20), unified: ["memory.high": "1000"]))
        #expect(try tree.text("wharf/c1/memory.max") == "67108864")
        #expect(try tree.text("wharf/c1/memory.swap.max") == "33554432")
        #expect(try tree.text("wharf/c1/memory.low") == "1048576")
        #expect(try tree.text("wharf/c1/cpu.weight") == "39")
        #expect(try tree.text("wharf/c1/cpu.max") == "50000 100000")
        #expect(try tree.text("wharf/c1/pids.max") == "20")
        #expect(try tree.text("wharf/c1/memory.high") == "1000")
        #expect(warnings == ["the host's kernel has no cpuset.cpus: the limit 0 is ignored"])
    }

    @Test("memory without swap, and a file name that climbs")
    func edges() throws {
        _ = try manager.apply(.init(memory: .init(limit: 1 << 20, swap: 1 << 20)))
        #expect(try tree.text("wharf/c1/memory.swap.max") == "0")
        for name in ["../memory.max", "cgroup.procs", ""] {
            #expect(throws: SyscallError.self) { try manager.apply(.init(unified: [name: "1"])) }
        }
    }

    @Test("weights", arguments: [(2, 1), (1024, 39), (262_144, 10_000), (0, 1), (999_999, 10_000)] as [(UInt64, UInt64)])
    func weights(shares: UInt64, weight: UInt64) { #expect(ResourceWriter.weight(shares: shares) == weight) }
}
