// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Namespaces of a container: its own users and clocks, and those of another process, joined by path.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfRuntime

/// A process with namespaces of its own in which nothing happens, until it is stopped.
final class NamespaceHolder: Sendable {
    /// The process that is in all of them.
    let pid: Int32
    private let outer: PidFD

    init(_ kinds: [String]) throws {
        let (read, write) = try Pipe.make()
        let null = try HostPath("/dev/null").open(.readWrite)
        let started = try spawn(
            try HostPath("/usr/bin/unshare").open(.handle),
            arguments: ["unshare"] + kinds.map { "--\($0)" } + [
                "--fork", "--kill-child", "sh", "-c", "\(kinds.contains("uts") ? "hostname held; " : "")echo $$; exec sleep 1000",
            ],
            environment: ["PATH=/usr/bin:/bin:/usr/sbin:/sbin"], descriptors: [null, write, null])
        outer = PidFD(started.pidfd)
        write.close()
        // A line: the process is where it should be.
        _ = try read.waitReadable(timeout: .seconds(20))
        pid = try NamespaceHolder.child(of: started.pid)
    }

    deinit {
        // --kill-child takes the other one along. It is reaped whatever it answers.
        try? outer.send(SIGKILL)
        _ = try? outer.wait()
    }

    func path(_ kind: String) -> String { "/proc/\(pid)/ns/\(kind)" }

    func link(_ kind: String) throws -> String { String(decoding: try HostPath(path(kind)).readLink(), as: UTF8.self) }

    private static func child(of pid: Int32) throws -> Int32 {
        let text = String(decoding: try HostPath("/proc/\(pid)/task/\(pid)/children").read(limit: 4096), as: UTF8.self)
        return try #require(text.split(separator: " ").first.flatMap { Int32($0) })
    }
}

@Suite("Namespaces", .enabled(if: BundleFixture.canRun))
struct NamespaceTests {
    private static let files = [
        ("network", "net"), ("ipc", "ipc"), ("uts", "uts"), ("pid", "pid"), ("cgroup", "cgroup"), ("time", "time"), ("mount", "mnt"),
        ("user", "user"),
    ]
    private static let links = files.map(\.1).map { "echo \($0) $(readlink /proc/self/ns/\($0))" }.joined(separator: "\n")

    private func join(_ fixture: inout BundleFixture, _ type: String, _ path: String) {
        fixture.spec.linux.namespaces.removeAll { $0.type == type }
        fixture.spec.linux.namespaces.append(.init(type, path: path))
    }

    @Test("each kind is joined by path", arguments: ["network", "ipc", "uts", "pid", "cgroup", "time", "mount"])
    func joinOne(type: String) async throws {
        let holder = try NamespaceHolder(["net", "ipc", "uts", "pid", "cgroup", "time", "mount"])
        let file = try #require(Self.files.first { $0.0 == type }).1
        var fixture = try await BundleFixture()
        join(&fixture, type, holder.path(file))
        fixture.spec.hostname = ""
        let result = try await fixture.run(Self.links)
        try result.expecting(0)
        #expect(result.lines.contains("\(file) \(try holder.link(file))"), "\(result)")
        // Nothing else is the holder's.
        for other in Self.files.map(\.1) where other != file && other != "user" {
            #expect(!result.lines.contains("\(other) \(try holder.link(other))"), "\(other)")
        }
    }

    @Test("a user namespace is joined together with all the others")
    func joinAll() async throws {
        let holder = try NamespaceHolder(["user", "map-root-user", "net", "ipc", "uts", "pid", "cgroup", "time"])
        var fixture = try await BundleFixture()
        for (type, file) in Self.files where type != "mount" { join(&fixture, type, holder.path(file)) }
        fixture.spec.hostname = ""
        fixture.useBareMounts()
        let result = try await fixture.run(Self.links + "\nid -u; hostname")
        try result.expecting(0)
        for (type, file) in Self.files where type != "mount" {
            #expect(result.lines.contains("\(file) \(try holder.link(file))"), "\(type)")
        }
        #expect(result.lines.suffix(2) == ["0", "held"])
    }

    @Test("a new user namespace beside a network of the host's")
    func newUsersJoinedNetwork() async throws {
        let holder = try NamespaceHolder(["net"])
        var fixture = try await BundleFixture()
        try fixture.giveUsers()
        join(&fixture, "network", holder.path("net"))
        fixture.useBareMounts()
        let result = try await fixture.run(Self.links + "\nid -u; cat /proc/self/uid_map")
        try result.expecting(0)
        #expect(result.lines.contains("net \(try holder.link("net"))"), "\(result)")
        #expect(result.lines.contains("0"))
        #expect(result.lines.suffix(2).map { $0.split(separator: " ").joined(separator: " ") } == ["0 100000 1000", "1000 300000 10"])
    }

    @Test("maps of several ranges, users, groups, streams and limits in a new user namespace")
    func newUsers() async throws {
        var fixture = try await BundleFixture()
        try fixture.giveUsers()
        fixture.useBareMounts()
        fixture.spec.process.user = .init(uid: 1003, gid: 5, additionalGids: [1004])
        fixture.spec.process.rlimits = [.init(type: "RLIMIT_NOFILE", hard: 200, soft: 100)]
        fixture.spec.process.oomScoreAdj = 321
        fixture.spec.linux.sysctl = ["net.ipv4.ip_forward": "1", "kernel.shmmax": "65536"]
        fixture.spec.linux.namespaces.append(.init("cgroup"))
        let result = try await fixture.run(
            """
            id -u; id -G; ulimit -n; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmax
            echo again > /dev/stdout; grep CapBnd /proc/self/status
            """)
        try result.expecting(0)
        #expect(result.lines == ["1003", "5 1004", "100", "321", "1", "65536", "again", "CapBnd:\t00000000a80425fb"], "\(result)")
    }

    @Test("an id without a mapping is an error that says so")
    func unmapped() async throws {
        var fixture = try await BundleFixture()
        try fixture.giveUsers()
        fixture.useBareMounts()
        fixture.spec.process.user = .init(uid: 5000, gid: 0)
        let result = try await fixture.run("echo ran")
        #expect(result.lines.isEmpty && result.says("no mapping in the container's user namespace"), "\(result)")
    }

    @Test("clocks of its own: offsets take effect for the first process already")
    func clocks() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.namespaces.append(.init("time"))
        fixture.spec.linux.timeOffsets = ["monotonic": .init(secs: 86400), "boottime": .init(secs: 1_000_000, nanosecs: 5)]
        let result = try await fixture.run("cat /proc/uptime /proc/self/timens_offsets")
        try result.expecting(0)
        let uptime = try #require(Double(result.lines[0].prefix { $0 != " " }))
        #expect(uptime > 1_000_000, "\(result)")
        #expect(
            result.lines.dropFirst().map { $0.split(separator: " ").joined(separator: " ") } == ["monotonic 86400 0", "boottime 1000000 5"])
    }

    @Test("paths that are no such namespace, or that can't be a container's")
    func refused() async throws {
        let holder = try NamespaceHolder(["net", "user", "map-root-user"])
        defer { withExtendedLifetime(holder) {} }
        for (type, path, words) in [
            ("ipc", holder.path("net"), "joining the ipc namespace \(holder.path("net")): setns: invalid argument"),
            ("ipc", "/etc/passwd", "ipc namespace: openat /etc/passwd: invalid argument"),
            ("ipc", "/no/such/file", "no such file or directory"),
            ("mount", "/proc/self/ns/mnt", "is the runtime's own"),
        ] {
            var fixture = try await BundleFixture()
            join(&fixture, type, path)
            let result = try await fixture.run("echo ran")
            #expect(result.exitCode == 1 && result.lines.isEmpty && result.says(words), "\(result)")
        }
        var fixture = try await BundleFixture()
        join(&fixture, "user", holder.path("user"))
        fixture.useBareMounts()
        fixture.spec.linux.uidMappings = [.init(containerID: 0, hostID: 7, size: 1)]
        fixture.spec.linux.gidMappings = [.init(containerID: 0, hostID: 0, size: 1)]
        #expect(try await fixture.run("echo ran").says("both must agree"))
        fixture.spec.linux.uidMappings = [.init(containerID: 0, hostID: 0, size: 1)]
        #expect(try await fixture.run("echo ran").lines == ["ran"])
    }

    @Test("RT-13: a network parameter is not for the host's network, by whatever name that is joined")
    func hostNetwork() async throws {
        var fixture = try await BundleFixture()
        join(&fixture, "network", "/proc/self/ns/net")
        fixture.spec.linux.sysctl = ["net.ipv4.ip_forward": "1"]
        let result = try await fixture.run("echo ran")
        #expect(result.says("sysctl \"net.ipv4.ip_forward\" not allowed in host network namespace"), "\(result)")
    }
}

extension BundleFixture {
    /// Two ranges of users; the root file system belongs to the first of them.
    mutating func giveUsers() throws {
        let map = [IDMapping(containerID: 0, hostID: 100_000, size: 1000), IDMapping(containerID: 1000, hostID: 300_000, size: 10)]
        spec.linux.namespaces.append(.init("user"))
        (spec.linux.uidMappings, spec.linux.gidMappings) = (map, map)
        // The folders above it let others through.
        try (bundle / "rootfs").open(.handle).setOwner(uid: 100_000, gid: 100_000)
        for name in ["bin", "etc", "tmp", "root"] { try root.open(name, .handle).setOwner(uid: 100_000, gid: 100_000) }
        try HostPath(temporary.path).open(.handle).setPermissions(0o755)
    }

    /// A procfs and the host's devices: nothing that a joined user namespace may not mount.
    mutating func useBareMounts() {
        spec.mounts = [
            Mount(destination: "/proc", type: "proc", source: "proc"),
            Mount(destination: "/dev", type: "bind", source: "/dev", options: ["rbind"]),
        ]
    }
}
