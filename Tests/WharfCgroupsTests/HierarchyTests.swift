// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which hierarchies a host has, and where a container's groups are in them.

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

@Suite("Places")
struct PlaceTests {
    private let v1 = CgroupHierarchies(
        v1: [
            .init(mountPoint: HostPath("/cg/memory"), names: ["memory"]),
            .init(mountPoint: HostPath("/cg/cpu"), names: ["cpu", "cpuacct"]),
            .init(mountPoint: HostPath("/cg/systemd"), names: ["name=systemd"]),
        ], unified: HostPath("/cg/unified"))
    private let v2 = CgroupHierarchies(v1: [], unified: HostPath("/cg"))
    private let own = OwnCgroups(text: Array("9:name=systemd:/\n4:memory:/a/b\n1:cpuacct,cpu:/c\n0::/u/v\nbroken\n".utf8))

    private func places(_ path: String, _ hierarchies: CgroupHierarchies, own: OwnCgroups? = nil) throws -> [String: String] {
        try Cgroups.manager(specPath: path, id: "id1", hierarchies: hierarchies, own: own ?? self.own).places
    }

    @Test("absolute from the root, relative from the own group, empty by the id")
    func paths() throws {
        #expect(try places("/w/x", v1) == ["memory": "/w/x", "cpu,cpuacct": "/w/x", "unified": "/w/x"])
        #expect(try places("w/x", v1) == ["memory": "/a/b/w/x", "cpu,cpuacct": "/c/w/x", "unified": "/u/v/w/x"])
        #expect(try places("", v1) == ["memory": "/a/b/id1", "cpu,cpuacct": "/c/id1", "unified": "/u/v/id1"])
        #expect(try places("/w/x", v2) == ["unified": "/w/x"])
        // The own group has processes, so its children can't have limits: they stand beside it.
        #expect(try places("w/x", v2) == ["unified": "/u/w/x"])
        #expect(try places("", v2, own: OwnCgroups(text: Array("0::/\n".utf8))) == ["unified": "/id1"])
    }

    @Test("where only a part of a hierarchy is mounted, relative paths start in that part")
    func boundMounts() throws {
        let bound = CgroupHierarchies(
            v1: [.init(mountPoint: HostPath("/cg/memory"), names: ["memory"], root: HostPath("/a"))], unified: nil)
        #expect(try places("x", bound) == ["memory": "/b/x"])
        #expect(try places("/x", bound) == ["memory": "/x"])
        let outside = CgroupHierarchies(
            v1: [.init(mountPoint: HostPath("/cg/memory"), names: ["memory"], root: HostPath("/ab"))], unified: nil)
        #expect(try places("x", outside) == ["memory": "/x"])
    }

    @Test("a path that climbs is refused", arguments: ["../x", "a/../b", "/..", "/a/..", "..", "a//b", "/a/./b", "a\u{301}/../b", "a b"])
    func climbs(path: String) {
        for hierarchies in [v1, v2] {
            #expect(throws: SyscallError("cgroup", path, errno: EINVAL)) { try places(path, hierarchies) }
        }
    }

    @Test("what a state keeps leads to the same directories")
    func kept() throws {
        for hierarchies in [v1, v2] {
            let manager = try Cgroups.manager(specPath: "w/x", id: "", hierarchies: hierarchies, own: own)
            let again = try Cgroups.manager(places: manager.places, hierarchies: hierarchies)
            #expect(again.directories.map(\.path) == manager.directories.map(\.path))
            #expect(throws: SyscallError.self) { try Cgroups.manager(places: [:], hierarchies: hierarchies) }
            #expect(throws: SyscallError.self) { try Cgroups.manager(places: ["unified": "/../x"], hierarchies: hierarchies) }
        }
    }

    @Test("sub-groups for exec: one for all, or by controller")
    func subpaths() throws {
        #expect(try CgroupSubpaths([]).path(for: ["memory"]) == nil)
        #expect(try CgroupSubpaths(["a/b"]).path(for: ["memory"]) == "a/b")
        #expect(try CgroupSubpaths(["/"]).path(for: ["memory"]) == nil)
        let two = try CgroupSubpaths(["cpu,cpuacct:x", "memory:y"])
        #expect(two.path(for: ["cpu", "cpuacct"]) == "x" && two.path(for: ["memory"]) == "y" && two.path(for: ["pids"]) == nil)
        #expect(two.unknown(among: ["cpu", "cpuacct"]) == "memory")
    }

    @Test(
        "sub-groups that are none",
        arguments: [["../x"], ["a/../../b"], [""], ["cpu:"], [":x"], ["cpu:x", "cpu:y"], ["x", "cpu:y"], ["a:b:c"], ["/x"], ["cpu:.."]])
    func badSubpaths(arguments: [String]) {
        #expect(throws: SyscallError.self) { try CgroupSubpaths(arguments) }
    }
}
