// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The root file system of a container with users of its own, and mounts that show other owners than their source has.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Root file systems in user namespaces", .enabled(if: BundleFixture.canRun))
struct RootfsUserNamespaceTests {
    private static let first: UInt32 = 200_000
    private static let map = [IDMapping(containerID: 0, hostID: first, size: 65536)]

    /// A bundle whose root belongs to the container's root.
    private func fixture() async throws -> BundleFixture {
        var fixture = try await BundleFixture()
        fixture.spec.linux.namespaces.append(.init("user"))
        (fixture.spec.linux.uidMappings, fixture.spec.linux.gidMappings) = (Self.map, Self.map)
        try await CommandLine.run("chown", ["-hR", "\(Self.first):\(Self.first)", fixture.temporary.path("rootfs")]).expecting(0)
        // The container's root must reach what is in the bundle.
        try HostPath(fixture.temporary.path).open(.handle).setPermissions(0o755)
        return fixture
    }

    @Test("all the default mounts work, devices are the host's own nodes, and new files belong to the container")
    func defaults() async throws {
        var fixture = try await fixture()
        fixture.spec.linux.devices = [
            .init(type: "c", path: "/dev/one", major: 1, minor: 5), .init(type: "p", path: "/dev/pipe", fileMode: 0o600),
        ]
        // Only the name of the host decides which device it is, so it must be the one that is meant.
        fixture.spec.linux.devices[0].path = "/dev/zero"
        let result = try await fixture.run(
            """
            id -u; stat -c %t:%T /dev/null /dev/zero /dev/tty; echo x > /dev/null && echo written; stat -c %F /dev/pipe; stat -c %u:%g /dev /dev/pts
            touch /file && stat -c %u /file; stat -c %t:%T /proc/timer_list; touch /sys/x || echo closed; cat /proc/self/mountinfo
            """)
        #expect(
            Array(result.lines.prefix(11))
                == ["0", "1:3", "1:5", "5:0", "written", "fifo", "0:0", "0:0", "0", "1:3", "closed"], "\(result)")
        let table = MountTable(result.lines)
        #expect(table["/dev/null"]?.type == "devtmpfs" && table["/proc"]?.type == "proc" && table["/sys"]?.type == "sysfs")
        #expect(table["/dev/mqueue"]?.type == "mqueue" && table["/dev/pts"]?.type == "devpts" && table["/dev/shm"]?.type == "tmpfs")
        #expect(try fixture.root.status("file").uid == Self.first)
    }

    @Test("a device that the host has under another number or not at all is refused")
    func missingDevice() async throws {
        var fixture = try await fixture()
        for (path, text) in [("/dev/full", "/dev/full: verify device 1:5"), ("/dev/no-such-device", "no such file or directory")] {
            fixture.spec.linux.devices = [.init(type: "c", path: path, major: 1, minor: 5)]
            let result = try await fixture.run("echo ran")
            #expect(result.exitCode == 1 && result.reason.contains(text), "\(result)")
        }
    }

    @Test("RT-17: with the host's network the host's sysfs is shown, and nothing in it can be written")
    func foreignTrees() async throws {
        var fixture = try await fixture()
        fixture.spec.linux.namespaces.removeAll { $0.type == "network" }
        fixture.spec.mounts.removeAll { $0.destination == "/sys/fs/cgroup" }
        let result = try await fixture.run(
            """
            for f in /sys/fs/cgroup/*; do touch $f/x 2>/dev/null && echo WRITTEN; mkdir $f/d 2>/dev/null && echo MADE; done; touch /sys/x || echo closed
            ls -A /sys/firmware | wc -l; cat /proc/self/mountinfo
            """)
        #expect(Array(result.lines.prefix(2)) == ["closed", "0"], "\(result)")
        let table = MountTable(result.lines)
        #expect(table["/sys"]?.type == "sysfs")
        #expect(table.lines.filter { $0.place.hasPrefix("/sys") }.allSatisfy { $0.attributes.contains("ro") })
    }

    @Test("RT-17: the container's own groups are read-only or not its property", arguments: [["ro"], []], [true, false])
    func groups(options: [String], ownNamespace: Bool) async throws {
        var fixture = try await fixture()
        let index = try #require(fixture.spec.mounts.firstIndex { $0.destination == "/sys/fs/cgroup" })
        fixture.spec.mounts[index].options = options
        if ownNamespace { fixture.spec.linux.namespaces.append(.init("cgroup")) }
        let result = try await fixture.run(
            """
            for f in /sys/fs/cgroup /sys/fs/cgroup/*; do
                [ -e $f/cgroup.procs ] && echo seen || continue
                echo 0 > $f/cgroup.procs && echo JOINED
                echo 1 > $f/notify_on_release && echo SET
                echo +pids > $f/cgroup.subtree_control && echo SPLIT
                mkdir $f/x && echo MADE
            done 2> /dev/null
            true
            """)
        #expect(Set(result.lines) == ["seen"], "\(result)")
    }

    @Test("a group that the container doesn't have is left out of its devpts")
    func terminalGroup() async throws {
        var fixture = try await fixture()
        let narrow = [IDMapping(containerID: 0, hostID: Self.first, size: 4)]
        (fixture.spec.linux.uidMappings, fixture.spec.linux.gidMappings) = (narrow, narrow)
        let result = try await fixture.run("grep ' /dev/pts ' /proc/self/mountinfo")
        let options = try #require(MountTable(result.lines)["/dev/pts"]?.options, "\(result)")
        #expect(!options.contains { $0.hasPrefix("gid=") } && options.contains("ptmxmode=666"))
    }

    @Test("a root that belongs to somebody else fails with the name of what could not be made")
    func foreignRoot() async throws {
        var fixture = try await fixture()
        try await CommandLine.run("chown", ["-hR", "0:0", fixture.temporary.path("rootfs")]).expecting(0)
        fixture.spec.mounts.append(Mount(destination: "/new/place", type: "tmpfs", source: "tmpfs"))
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode == 1 && result.reason.contains("mkdirat") && result.reason.contains("permission denied"), "\(result)")
    }

    @Test("idmap: owners are shifted as the mount's own maps say, for one mount or for those below too")
    func mappedOwners() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts += [
            Mount(
                destination: "/shifted", type: "bind", source: "data", options: ["bind", "idmap"],
                uidMappings: [IDMapping(containerID: 0, hostID: 33, size: 1), IDMapping(containerID: 1000, hostID: 1, size: 10)],
                gidMappings: [IDMapping(containerID: 0, hostID: 50, size: 1)]),
            // The maps alone are enough (runtime spec 1.2, "Mounts").
            Mount(
                destination: "/same", type: "bind", source: "data", options: ["rbind", "ridmap", "ro"],
                uidMappings: [IDMapping(containerID: 0, hostID: 33, size: 1), IDMapping(containerID: 1000, hostID: 1, size: 10)],
                gidMappings: [IDMapping(containerID: 0, hostID: 50, size: 1)]),
            Mount(destination: "/plain", type: "bind", source: "data", options: ["bind"]),
        ]
        fixture.spec.process.args = [
            "sh", "-c",
            "stat -c %u:%g /shifted/zero /shifted/user /shifted/other /same/zero /same/sub/zero /shifted/sub /plain/zero; touch /same/x || echo closed",
        ]
        // What is mounted below is of the same file system: not every kernel can shift owners on a tmpfs.
        let result = try await fixture.runAfter(
            "mkdir -p data/sub below && touch data/zero data/user data/other below/zero && chown 1005:0 data/user && chown 7:7 data/other && mount --bind below data/sub"
        )
        #expect(
            result.lines == ["33:50", "6:50", "65534:65534", "33:50", "33:50", "33:50", "0:0", "closed"], "\(result)")
    }

    @Test("ridmap over a tmpfs: owners are shifted on it too, or the error says what the kernel can't")
    func mappedTemporary() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.append(
            Mount(
                destination: "/x", type: "bind", source: "data", options: ["rbind", "ridmap"], uidMappings: Self.map, gidMappings: Self.map)
        )
        fixture.spec.process.args = ["stat", "-c", "%u:%g", "/x/sub/zero"]
        let canMap = try await Self.canMapTemporary()
        let result = try await fixture.runAfter("mkdir -p data/sub && mount -t tmpfs t data/sub && touch data/sub/zero")
        if canMap {
            #expect(result.lines == ["\(Self.first):\(Self.first)"], "\(result)")
        } else {
            let text =
                "mount_setattr idmap: invalid argument: this kernel can't shift owners on the source's file system or on one mounted below it"
            #expect(result.reason.contains("error mounting \"data\" to rootfs at \"/x\": \(text)"), "\(result)")
        }
    }

    /// Whether the kernel shifts owners on a tmpfs (Linux 6.3 and later): it is asked with a new one.
    private static func canMapTemporary() async throws -> Bool {
        let holder = try ChildProcess(["unshare", "--user", "--map-root-user", "sh", "-c", "echo ready; exec cat"], streams: .pipes)
        try await holder.output.wait(for: "ready")
        let users = try Namespaces.open(HostPath("/proc/\(holder.pid)/ns/user"))
        holder.closeInput()
        return try canShift(users)
    }

    private static func canShift(_ users: Descriptor) throws(SyscallError) -> Bool {
        do {
            try MountFD.create(type: "tmpfs").mapOwners(by: users)
            return true
        } catch {
            guard error.errno == EINVAL else { throw error }
            return false
        }
    }

    @Test("idmap without maps takes those of the container's users")
    func containerMaps() async throws {
        var fixture = try await fixture()
        try (fixture.bundle / "data").mkdir()
        try (fixture.bundle / "data/file").writeAtomically([], durable: false)
        fixture.spec.mounts += [
            Mount(destination: "/mapped", type: "bind", source: "data", options: ["bind", "idmap"]),
            Mount(destination: "/plain", type: "bind", source: "data", options: ["bind"]),
        ]
        let result = try await fixture.run(
            "stat -c %u /mapped/file /plain/file; touch /mapped/new && stat -c %u /mapped/new; touch /plain/x || echo closed")
        #expect(result.lines == ["0", "65534", "0", "closed"], "\(result)")
        // On the disk it is the host's root, as the map means it.
        #expect(try (fixture.bundle / "data/new").status().uid == 0)
    }

    @Test("a file system that can't shift owners says so, with the mount's name")
    func unmappable() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.append(
            Mount(
                destination: "/x", type: "bind", source: "/proc", options: ["bind", "idmap"], uidMappings: Self.map, gidMappings: Self.map))
        let result = try await fixture.run("echo ran")
        #expect(
            result.reason.contains(
                "error mounting \"/proc\" to rootfs at \"/x\": mount_setattr idmap: invalid argument: this kernel can't shift"), "\(result)"
        )
    }
}
