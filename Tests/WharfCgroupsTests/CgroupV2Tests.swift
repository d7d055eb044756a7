// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Making version 2 groups, on trees of plain files.

import Glibc
import Testing
import WharfLinux
import WharfOCI

@testable import WharfCgroups

@Suite("Version 2")
struct CgroupV2Tests {
    let tree: FakeTree
    let manager: any CgroupManager

    init() throws {
        tree = try FakeTree()
        let files = ["cgroup.controllers": "cpu memory pids\n", "cgroup.subtree_control": "pids\n", "cgroup.procs": ""]
        for directory in [".", "wharf"] { try tree.put(directory, files) }
        manager = try Cgroups.manager(path: "/wharf/c1", hierarchies: CgroupHierarchies(v1: [], unified: tree.root))
    }

    @Test("controllers are switched on from the root down, those that are not yet")
    func controllers() throws {
        try manager.create()
        #expect(try tree.text("cgroup.subtree_control") == "+cpu +memory")
        #expect(try tree.text("wharf/cgroup.subtree_control") == "+cpu +memory")
        #expect(try (tree.root / "wharf/c1").exists())
    }

    @Test("a group with processes is somebody else's, and a failure leaves no directories")
    func occupied() throws {
        try tree.put("wharf/c1/sub", ["cgroup.procs": "12\n"])
        let error = #expect(throws: SyscallError.self) { try manager.create() }
        #expect(error?.errno == EBUSY)
        try (tree.root / "wharf/c1").removeTree()
        try (tree.root / "wharf/cgroup.controllers").unlink()
        #expect(throws: SyscallError.self) { try manager.create() }
        #expect(try !(tree.root / "wharf/c1").exists() && (tree.root / "wharf").exists())
    }

    @Test("below threads, a group becomes a threaded one")
    func threaded() throws {
        for directory in ["wharf", "wharf/c1"] { try tree.put(directory, ["cgroup.type": "domain invalid\n"]) }
        try tree.put("wharf/c1", ["cgroup.procs": ""])
        try manager.create()
        #expect(try tree.text("wharf/cgroup.type").hasPrefix("threaded") && tree.text("wharf/c1/cgroup.type").hasPrefix("threaded"))
    }

    @Test("one sub-group, that must be there and below")
    func subgroups() throws {
        try tree.put("wharf/c1/sub", ["cgroup.procs": ""])
        try tree.put("other", ["cgroup.procs": ""])
        try manager.subgroup(CgroupSubpaths(["sub"])).add(7)
        #expect(try tree.text("wharf/c1/sub/cgroup.procs") == "7")
        _ = symlink("../../other", (tree.root / "wharf/c1/link").description)
        for name in ["nothing", "link", "memory:sub"] {
            #expect(throws: SyscallError.self) { try manager.subgroup(CgroupSubpaths([name])) }
        }
    }

    @Test("frozen is what the group itself was told")
    func frozen() throws {
        #expect(try !manager.isFrozen())
        try tree.put("wharf/c1", ["cgroup.freeze": "1\n"])
        #expect(try manager.isFrozen())
        try manager.thaw()
        #expect(try !manager.isFrozen())
    }
}
