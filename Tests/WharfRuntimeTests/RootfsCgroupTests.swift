// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container sees of the control groups, with and without a namespace for them, and what it may write there.

import Glibc
import Testing
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Control groups in a container", .enabled(if: BundleFixture.canRun))
struct RootfsCgroupTests {
    private static let hierarchies = try? CgroupHierarchies.current()
    private static var isVersion1: Bool { hierarchies?.version == .v1 || hierarchies?.version == .hybrid }

    private func fixture(options: [String], type: String = "cgroup", ownNamespace: Bool) async throws -> BundleFixture {
        var fixture = try await BundleFixture()
        let index = try #require(fixture.spec.mounts.firstIndex { $0.destination == "/sys/fs/cgroup" })
        fixture.spec.mounts[index].type = type
        fixture.spec.mounts[index].options = options
        if ownNamespace { fixture.spec.linux.namespaces.append(.init("cgroup")) }
        return fixture
    }

    @Test(
        "version 1: a directory for each hierarchy with the container's own group, read-only when asked", .enabled(if: isVersion1),
        arguments: [true, false], [true, false])
    func version1(ownNamespace: Bool, isReadOnly: Bool) async throws {
        let fixture = try await fixture(options: isReadOnly ? ["ro", "nosuid"] : ["nosuid"], ownNamespace: ownNamespace)
        let result = try await fixture.run(
            """
            cat /proc/self/mountinfo; echo; cat /sys/fs/cgroup/pids/cgroup.procs | head -n 1; ls /sys/fs/cgroup
            mkdir /sys/fs/cgroup/pids/sub && echo made && rmdir /sys/fs/cgroup/pids/sub || echo denied
            touch /sys/fs/cgroup/x 2> /dev/null && echo top || echo notop
            test -e /sys/fs/cgroup/pids/release_agent && echo AGENT; grep pids: /proc/self/cgroup
            """)
        let table = MountTable(result.lines)
        let pids = try #require(table["/sys/fs/cgroup/pids"])
        #expect(pids.type == "cgroup" && pids.attributes.isSuperset(of: ["nosuid", "nodev", "noexec"]))
        #expect(pids.attributes.contains("ro") == isReadOnly)
        #expect(result.lines.contains(isReadOnly ? "denied" : "made") && result.lines.contains(isReadOnly ? "notop" : "top"), "\(result)")
        #expect(!result.lines.contains("AGENT"))
        let seen = ownNamespace ? "/" : fixture.spec.linux.cgroupsPath
        #expect(result.lines.last?.hasSuffix("pids:\(seen)") == true, "\(result)")
        // The own group is its root, so that nothing of others is to be seen.
        #expect(result.lines.contains { $0.contains(" \(seen) /sys/fs/cgroup/pids ") }, "\(result)")
    }

    @Test("a version 2 mount shows the own group in a namespace of its own", .enabled(if: hierarchies?.unified != nil))
    func version2() async throws {
        var fixture = try await fixture(options: ["ro"], type: "cgroup2", ownNamespace: true)
        fixture.spec.mounts.append(Mount(destination: "/again", type: "cgroup2", source: "cgroup", options: []))
        let result = try await fixture.run(
            "cat /proc/self/mountinfo; wc -l < /sys/fs/cgroup/cgroup.procs; mkdir /sys/fs/cgroup/x || echo denied; mkdir /again/x && rmdir /again/x && echo made"
        )
        let table = MountTable(result.lines)
        #expect(table["/sys/fs/cgroup"]?.type == "cgroup2" && table["/sys/fs/cgroup"]?.attributes.contains("ro") == true, "\(result)")
        #expect(result.lines.contains { $0.contains(" / /sys/fs/cgroup ") })
        #expect(Array(result.lines.suffix(2)) == ["denied", "made"], "\(result)")
    }

    @Test("without groups of its own a container sees those that it was born in", .enabled(if: isVersion1))
    func inherited() async throws {
        var fixture = try await fixture(options: ["ro"], ownNamespace: false)
        fixture.spec.linux.cgroupsPath = ""
        fixture.spec.linux.resources = .init()
        let result = try await fixture.run("grep -c . /sys/fs/cgroup/pids/cgroup.procs > /dev/null && echo seen; cat /proc/self/mountinfo")
        #expect(
            result.lines.first == "seen" && MountTable(result.lines)["/sys/fs/cgroup/pids"]?.attributes.contains("ro") == true, "\(result)")
    }

    @Test("RT-05: groups can't be mounted into /proc")
    func intoProc() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.append(Mount(destination: "/proc/self", type: "cgroup", source: "cgroup", options: ["ro"]))
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode == 1 && result.reason.contains("inside /proc"), "\(result)")
    }
}
