// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Devices of a container: kinds, rights, owners, names that are taken already, and images that prepare /dev (RT-11).

import Glibc
import Testing
import WharfCgroups
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Devices of a container", .enabled(if: BundleFixture.canRun))
struct RootfsDeviceTests {
    @Test("every kind, with its mode and owner, also outside /dev and in folders that are missing")
    func kinds() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.devices = [
            .init(type: "c", path: "/dev/one", major: 10, minor: 229, fileMode: 0o600, uid: 33, gid: 50),
            // Some engines give the whole st_mode.
            .init(type: "u", path: "dev/deep/er/two", major: 1, minor: 5, fileMode: 0o020_640),
            .init(type: "b", path: "/dev/three", major: 7, minor: 300_000, fileMode: 0),
            .init(type: "p", path: "/srv/pipe", fileMode: 0o4711, uid: 1, gid: 2), .init(type: "c", path: "/dev/four", major: 1, minor: 7),
        ]
        let result = try await fixture.run(
            "stat -c %F:%t:%T:%a:%u:%g /dev/one /dev/deep/er/two /dev/three /srv/pipe /dev/four; readlink /dev/ptmx")
        #expect(
            result.lines == [
                "character special file:a:e5:600:33:50", "character special file:1:5:640:0:0", "block special file:7:493e0:0:0:0",
                "fifo:0:0:4711:1:2", "character special file:1:7:666:0:0", "pts/ptmx",
            ], "\(result)")
    }

    @Test("the spec's own entry stands in for a default device of that name; /dev/ptmx stays the link")
    func listed() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.devices = [
            .init(type: "c", path: "/dev/null", major: 1, minor: 3, fileMode: 0o600),
            .init(type: "c", path: "/dev/zero", major: 1, minor: 7),
            .init(type: "c", path: "/dev/ptmx", major: 5, minor: 2),
        ]
        let result = try await fixture.run("stat -c %t:%T:%a /dev/null /dev/zero /dev/full; readlink /dev/ptmx")
        #expect(result.lines == ["1:3:600", "1:7:666", "1:7:666", "pts/ptmx"], "\(result)")
    }

    @Test(
        "what can't be a device",
        arguments: [
            (RuntimeSpec.Device(type: "x", path: "/dev/x"), "invalid device type \"x\" of /dev/x"),
            (.init(type: "", path: "/dev/x"), "invalid device type"),
            (.init(type: "c", path: "/dev/x", major: -1), "invalid device number"),
            (.init(type: "c", path: "/dev/x", major: 1 << 33), "invalid device number"), (.init(type: "c", path: "/", major: 1), "/"),
            (.init(type: "c", path: "/dev/null/x", major: 1), "/dev/null: verify device 1:3"), (.init(type: "p", path: "/bin"), "fifo"),
        ])
    func invalid(device: RuntimeSpec.Device, text: String) async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.devices = [device]
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode == 1 && result.reason.contains(text) && result.lines.isEmpty, "\(result)")
    }

    @Test("a name that an image has taken must be that very device")
    func taken() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.removeAll { $0.destination.hasPrefix("/dev") }
        try fixture.root.mkdir("dev", permissions: 0o755)
        try fixture.root.mknod("dev/own", kind: .characterDevice, permissions: 0o600, device: DeviceNumber(major: 1, minor: 7))
        fixture.spec.linux.devices = [.init(type: "c", path: "/dev/own", major: 1, minor: 7)]
        #expect(try await fixture.run("stat -c %a /dev/own").lines == ["600"])
        fixture.spec.linux.devices[0].minor = 8
        let result = try await fixture.run("echo ran")
        #expect(result.reason.contains("/dev/own: verify device 1:8"), "\(result)")
    }

    @Test("what the spec mounts at a device's name stays there, with and without own users", arguments: [false, true])
    func covered(ownUsers: Bool) async throws {
        var fixture = try await BundleFixture()
        if ownUsers {
            fixture.spec.linux.namespaces.append(.init("user"))
            let map = [IDMapping(containerID: 0, hostID: 0, size: 1)]
            (fixture.spec.linux.uidMappings, fixture.spec.linux.gidMappings) = (map, map)
            // Of this map's groups there is only one.
            fixture.spec.mounts.indices.forEach { index in fixture.spec.mounts[index].options.removeAll { $0 == "gid=5" } }
        }
        fixture.spec.mounts.append(Mount(destination: "/dev/random", type: "bind", source: "/dev/urandom", options: ["bind"]))
        let result = try await fixture.run("stat -c %t:%T /dev/random /dev/urandom /dev/full")
        #expect(result.lines == ["1:9", "1:9", "1:7"], "\(result)")
    }

    /// The rules of a spec, and whether a device that no container needs can be used with them.
    private static let ruleLists: [(rules: [RuntimeSpec.DeviceRule], opensOthers: Bool)] = [
        ([], false), ([.init(allow: false)], false), ([.init(allow: true)], true),
        ([.init(allow: true, type: "c", major: 240, minor: 77, access: "r")], true),
    ]

    /// Opens each default device, makes nodes of both kinds, and opens one whose number no driver has: whether it may is told
    /// before whether there is one.
    private static let openings = """
        for name in null zero full random urandom; do (: </dev/$name) || echo no $name; done
        (: </dev/ptmx) || echo no ptmx
        busybox mknod /tmp/other c 240 77 && busybox mknod /tmp/disk b 7 0 && echo made
        (: </tmp/other) 2>&1 | grep -o 'not permitted' || echo allowed
        """

    @Test("a spec without rules gets the default devices and no others, as one that denies everything", arguments: ruleLists)
    func rules(rules: [RuntimeSpec.DeviceRule], opensOthers: Bool) async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.resources.devices = rules
        let result = try await fixture.run(Self.openings)
        #expect(result.lines == ["made", opensOthers ? "allowed" : "not permitted"], "\(result)")
    }

    @Test(
        "the same rules where only version 2 is mounted, which has a program for them",
        .enabled(if: (try? CgroupHierarchies.current().unified) != nil), arguments: ruleLists)
    func rulesOfVersion2(rules: [RuntimeSpec.DeviceRule], opensOthers: Bool) async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.resources = .init(devices: rules)
        fixture.spec.mounts.removeAll { $0.type == "cgroup" }
        let result = try await fixture.run(
            Self.openings, under: ["unshare", "--mount", "sh", "-c", "umount -a -t cgroup && exec \"$@\"", "sh"])
        #expect(result.lines == ["made", opensOthers ? "allowed" : "not permitted"], "\(result)")
    }

    @Test("RT-11: parts of /dev that lead to the host", arguments: ["dev/pts", "dev/shm", "dev/mqueue", "dev/fd", "dev/null", "dev/deep"])
    func prepared(name: String) async throws {
        var fixture = try await BundleFixture()
        // The image's own /dev, without the tmpfs on it.
        fixture.spec.mounts.removeAll { $0.destination == "/dev" }
        try fixture.root.mkdir("dev", permissions: 0o755)
        try fixture.root.symlink(fixture.temporary.path("canary/made"), at: name)
        fixture.spec.linux.devices = [.init(type: "c", path: "/dev/deep/one", major: 1, minor: 3)]
        // Whether it starts depends on the name; that nothing is made outside is looked at by the fixture.
        let result = try await fixture.run("echo ran; grep -c \(fixture.temporary.path("rootfs")) /proc/self/mountinfo")
        #expect(result.exitCode == 1 || result.lines.first == "ran", "\(result)")
        #expect(!(try HostPath("/proc/self/mountinfo").read(limit: 16 << 20)).contains(Array(fixture.temporary.path.utf8)))
    }

    @Test("the host's /dev, bound, gets nothing added")
    func bound() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "dev").mkdir()
        fixture.spec.mounts.removeAll { $0.destination.hasPrefix("/dev") }
        fixture.spec.mounts.append(Mount(destination: "/dev", type: "bind", source: "dev", options: ["bind"]))
        fixture.spec.linux.devices = [.init(type: "c", path: "/dev/x", major: 1, minor: 3)]
        #expect(try await fixture.run("ls -A /dev | wc -l").lines == ["0"])
        #expect(try (fixture.bundle / "dev").entries().isEmpty)
        // A tmpfs on top is init's own again.
        fixture.spec.mounts.append(Mount(destination: "/dev", type: "tmpfs", source: "tmpfs"))
        #expect(try await fixture.run("stat -c %t:%T /dev/null /dev/x").lines == ["1:3", "1:3"])
    }
}
