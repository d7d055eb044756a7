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

    @Test(
        "paths that could leave the hierarchy are refused",
        arguments: ["wharf", "/wharf/../x", "/", "/a//b", "/..", "/a/./b", "a\u{301}/../b", "/a b", ""])
    func paths(path: String) {
        let hierarchies = CgroupHierarchies(v1: [], unified: HostPath("/nowhere"))
        #expect(throws: SyscallError("cgroup", path, errno: EINVAL)) { try Cgroups.manager(path: path, hierarchies: hierarchies) }
    }
}

@Suite("Places")
struct PlaceTests {
    @Test("the own version 2 group, and where it is seen when only a part is mounted")
    func own() {
        let own = OwnCgroups(text: Array("9:name=systemd:/\n4:memory:/a/b\nbroken\n0::/u/v\n".utf8))
        #expect(own.unified == HostPath("/u/v") && OwnCgroups(text: Array("4:memory:/a\n".utf8)).unified == HostPath("/"))
        let seen = { (root: String, path: String) in
            CgroupHierarchies(v1: [], unified: HostPath("/cg"), unifiedRoot: HostPath(root)).visible(HostPath(path))
        }
        #expect(seen("/", "/u/v") == HostPath("/u/v") && seen("/u", "/u/v") == HostPath("/v") && seen("/u/v", "/u/v") == HostPath("/"))
        #expect(seen("/x", "/u/v") == HostPath("/") && seen("/", "/../v") == HostPath("/") && seen("/u", "/uv") == HostPath("/"))
    }

    @Test("sub-groups for exec: one for all, or by controller")
    func subpaths() throws {
        #expect(try CgroupSubpaths([]).path(for: ["memory"]) == nil)
        #expect(try CgroupSubpaths(["a/b"]).path(for: ["memory"]) == "a/b")
        #expect(try CgroupSubpaths(["/"]).path(for: ["memory"]) == nil && CgroupSubpaths(["/a"]).path(for: ["memory"]) == "a")
        let two = try CgroupSubpaths(["cpu,cpuacct:x", "memory:y"])
        #expect(two.path(for: ["cpu", "cpuacct"]) == "x" && two.path(for: ["memory"]) == "y" && two.path(for: ["pids"]) == nil)
        #expect(two.unknown(among: ["cpu", "cpuacct"]) == "memory")
    }

    @Test(
        "sub-groups that are none",
        arguments: [
            ["../x"], ["a/../../b"], [""], ["cpu:"], [":x"], ["cpu:x", "cpu:y"], ["x", "cpu:y"], ["a:b:c"], ["//x"], ["/../x"], ["cpu:.."],
        ])
    func badSubpaths(arguments: [String]) {
        #expect(throws: SyscallError.self) { try CgroupSubpaths(arguments) }
    }
}
