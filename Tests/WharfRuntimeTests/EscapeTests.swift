// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images and mounts made by somebody who wants out (the RT cases of docs/security.md that need no race).

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Escapes", .enabled(if: BundleFixture.canRun))
struct EscapeTests {
    @Test("RT-04: /proc and /sys must be real directories", arguments: ["/proc", "/sys"], ["/tmp", "../canary", "chain", "file"])
    func kernelTrees(path: String, trick: String) async throws {
        let fixture = try await BundleFixture()
        switch trick {
        case "file": _ = try fixture.root.create(path, permissions: 0o644)
        case "chain":
            try fixture.root.symlink("tmp", at: "link")
            try fixture.root.symlink("/link", at: path)
        default: try fixture.root.symlink(trick, at: path)
        }
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode == 1 && result.lines.isEmpty, "\(result)")
    }

    @Test(
        "RT-05: nothing takes the place of /proc or of what is in it",
        arguments: [
            "/proc", "/proc/", "/proc/self", "/proc/./self/attr", "/proc/self/../1", "/proc/sys", "/proc/sys/kernel/core_pattern",
            "//proc//1", "/tmp/../proc/1",
            "/link/self", "/link/sys/kernel/core_pattern", "/proc/cpuinfo/../version",
        ])
    func procDestinations(destination: String) async throws {
        var fixture = try await BundleFixture()
        try fixture.root.symlink("/proc", at: "link")
        let source = fixture.temporary.path("canary")
        fixture.spec.mounts.append(Mount(destination: destination, type: "bind", source: source, options: ["rbind"]))
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode == 1 && result.lines.isEmpty, "\(result)")
    }

    @Test("RT-05: what lxcfs covers may be covered")
    func coverable() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "meminfo").writeAtomically(Array("mine\n".utf8), durable: false)
        fixture.spec.mounts.append(
            Mount(destination: "/proc/meminfo", type: "bind", source: fixture.temporary.path("meminfo"), options: ["bind"]))
        #expect(try await fixture.run("cat /proc/meminfo").lines == ["mine"])
    }

    @Test("RT-07: a mount target behind a dangling link is made inside", arguments: ["canary", "/canary", "../canary"])
    func danglingTargets(trick: String) async throws {
        var fixture = try await BundleFixture()
        let target = trick.hasPrefix("/") ? fixture.temporary.path("canary/made") : "\(trick)/made"
        try fixture.root.symlink(target, at: "out")
        try (fixture.bundle / "source").writeAtomically(Array("inside\n".utf8), durable: false)
        fixture.spec.mounts.append(Mount(destination: "/out", type: "bind", source: fixture.temporary.path("source"), options: ["bind"]))
        #expect(try await fixture.run("cat /out").lines == ["inside"])
    }

    @Test("RT-08: masking does not trust the container's /dev/null", arguments: ["link", "fifo", "zero"])
    func preparedNull(trick: String) async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "dev").mkdir()
        let dev = RootFD(try (fixture.bundle / "dev").openDirectory())
        switch trick {
        case "link": try dev.symlink("/proc/version", at: "null")
        case "fifo": try dev.mknod("null", kind: .fifo, permissions: 0o666)
        default: try dev.mknod("null", kind: .characterDevice, permissions: 0o666, device: DeviceNumber(major: 1, minor: 5))
        }
        fixture.spec.mounts.removeAll { $0.destination.hasPrefix("/dev") }
        fixture.spec.mounts.insert(
            Mount(destination: "/dev", type: "bind", source: fixture.temporary.path("dev"), options: ["rbind"]), at: 1)
        let result = try await fixture.run("stat -c %t:%T /proc/timer_list /proc/keys")
        #expect(result.lines == ["1:3", "1:3"], "\(result)")
    }

    @Test("RT-11: an image whose /dev is a link", arguments: ["/canary", "../canary", "tmp"])
    func deviceLink(trick: String) async throws {
        let fixture = try await BundleFixture()
        try fixture.root.symlink(trick.hasPrefix("/") ? fixture.temporary.path("canary") : trick, at: "dev")
        let result = try await fixture.run("stat -c %t:%T /dev/null /dev/zero; readlink /dev/fd")
        #expect(result.lines == ["1:3", "1:5", "/proc/self/fd"], "\(result)")
    }

    @Test("RT-11: an image that brings nodes of its own in /dev, without a mount there")
    func devicesInImage() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.removeAll { $0.destination.hasPrefix("/dev") }
        try fixture.root.mkdir("dev", permissions: 0o755)
        try fixture.root.symlink("/proc/version", at: "dev/null")
        let result = try await fixture.run("echo ran")
        #expect(result.exitCode == 1 && result.err.contains("device 1:3"), "\(result)")
    }

    @Test("RT-01, RT-02: no way to the runtime's own file or to a leaked descriptor")
    func leaks() async throws {
        var fixture = try await BundleFixture()
        let result = try await fixture.run("readlink /proc/1/exe; ls /proc/1/fd; ls /proc/self/task")
        #expect(result.lines.first == "/bin/busybox")
        for number in 3..<20 {
            fixture.spec.process.cwd = "/proc/self/fd/\(number)"
            let result = try await fixture.run("cat ../../../../etc/hostname; pwd")
            #expect(result.exitCode == 1 && result.lines.isEmpty, "\(result)")
        }
    }

    @Test("RT-03: what the caller has open is not open inside, with many binds too")
    func manyBinds() async throws {
        var fixture = try await BundleFixture()
        for index in 0..<50 {
            fixture.spec.mounts.append(
                Mount(destination: "/m/\(index)", type: "bind", source: fixture.temporary.path("canary"), options: ["rbind", "ro"]))
        }
        #expect(try await fixture.run("ls /proc/1/fd; ls /m | wc -l").lines == ["0", "1", "2", "50"])
    }

    @Test("RT-15, RT-18: users that nobody is, and passwd files that nobody should read")
    func users() async throws {
        var fixture = try await BundleFixture()
        for user in ["4294967296", "2147483648", "-1", "1\n", "0x1", "ro\u{301}ot"] {
            fixture.spec.process.user = .init(username: user)
            let result = try await fixture.run("id")
            #expect(result.exitCode == 1 && result.lines.isEmpty, "\(result)")
        }
        try fixture.root.unlink("etc/passwd")
        try fixture.root.mknod("etc/passwd", kind: .fifo, permissions: 0o644)
        fixture.spec.process.user = .init(username: "www-data")
        #expect(try await fixture.run("id").err.contains("unable to read /etc/passwd: invalid argument"))
    }
}
