// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What may not be mounted on (RT-05), and paths that are masked or made read-only whatever lies there (RT-08).

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Hidden paths and /proc", .enabled(if: BundleFixture.canRun))
struct RootfsHiddenPathTests {
    /// Spellings of places in /proc, with the number that the refusal has; 0 where the mount is harmless.
    private static let destinations: [(String, Int32)] = [
        ("/proc", EINVAL), ("/proc/", EINVAL), ("//proc", EINVAL), ("/./proc/.", EINVAL), ("proc", EINVAL), ("/tmp/../proc", EINVAL),
        ("/../../proc", EINVAL), ("/proc/self/..", EINVAL), ("/proc/self", EPERM), ("/proc/self/", EPERM), ("/proc/./self/attr", EPERM),
        ("/proc/self/../1", EPERM), ("/proc/1/attr/exec", EPERM), ("/proc/thread-self/attr", EPERM), ("/proc/sys", EPERM),
        ("/proc/sys/kernel/core_pattern", EPERM), ("/proc/version", EPERM), ("/proc/keys", EPERM), ("/proc/bus/pci", EPERM),
        ("//proc//1", EPERM), ("proc/1", EPERM), ("/tmp/../proc/1", EPERM), ("/proc/cpuinfo/../version", EPERM),
        ("/proc/meminfo/../../proc/self", EPERM), ("/proc/net/../sys", EPERM), ("/proc/sys/kernel/ns_last_pid/../core_pattern", EPERM),
        ("/link/self", EPERM), ("/link", EPERM), ("/deep/link/sys", EPERM), ("/deep/up/proc/sys", EPERM), ("/link/../proc/1", EPERM),
        ("/abs/sys/kernel/core_pattern", EPERM), ("/proc\u{301}", 0), ("/proc\u{200d}/self", 0), ("/\u{301}/../canary2", 0),
        ("/Proc", 0), ("/proc2/self", 0), ("/tmp/proc", 0), ("/proc /self", 0), ("/ proc", 0),
    ]

    @Test("RT-05: nothing takes the place of /proc or of what is in it, however it is spelt", arguments: destinations)
    func procDestinations(destination: String, errno: Int32) async throws {
        let fixture = try await BundleFixture()
        try fixture.root.symlink("/proc", at: "link")
        try fixture.root.symlink("/link", at: "abs")
        try fixture.root.mkdir("deep", permissions: 0o755)
        try fixture.root.symlink("../proc", at: "deep/link")
        try fixture.root.symlink("../../..", at: "deep/up")
        for type in ["bind", "tmpfs"] {
            var changed = fixture
            changed.spec.mounts.append(
                Mount(
                    destination: destination, type: type, source: fixture.temporary.path("canary"), options: type == "bind" ? ["rbind"] : []
                ))
            let result = try await changed.run("ls /proc/self/attr/current && echo ran")
            if errno == 0 {
                #expect(result.lines == ["/proc/self/attr/current", "ran"], "\(result)")
            } else {
                #expect(result.exitCode == 1 && result.lines.isEmpty, "\(result)")
                #expect(result.reason.contains("to rootfs at \"\(destination)\": "), "\(result)")
                // A tmpfs behind a link may be refused for being no real directory, or for what it would cover.
                let words = errno == EINVAL ? ["not of type proc"] : ["inside /proc", "not a directory"]
                #expect(words.contains { result.reason.contains($0) }, "\(result)")
            }
        }
    }

    @Test("RT-05: what lxcfs covers may be covered, each by its exact name")
    func coverable() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "mine").writeAtomically(Array("mine\n".utf8), durable: false)
        let names = ["cpuinfo", "diskstats", "meminfo", "stat", "swaps", "uptime", "loadavg", "slabinfo"]
        for name in names {
            fixture.spec.mounts.append(Mount(destination: "/proc/\(name)", type: "bind", source: "mine", options: ["bind"]))
        }
        let result = try await fixture.run("cat " + names.map { "/proc/\($0)" }.joined(separator: " "))
        #expect(result.lines == names.map { _ in "mine" }, "\(result)")
    }

    @Test("a bound procfs takes the place of the own one only as a whole, and is masked like it")
    func boundProc() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.append(Mount(destination: "/proc", type: "bind", source: "/proc", options: ["rbind"]))
        fixture.spec.process.oomScoreAdj = 321
        let before = try HostPath("/proc/1/oom_score_adj").read(limit: 100)
        let result = try await fixture.run(
            "stat -c %t:%T /proc/timer_list; echo x > /proc/sys/kernel/hostname || echo closed; ls -d /proc/\(getpid())")
        #expect(result.lines == ["1:3", "closed", "/proc/\(getpid())"], "\(result)")
        // The first process of the container is not the first one of the procfs that was bound.
        #expect(try HostPath("/proc/1/oom_score_adj").read(limit: 100) == before)
        fixture.spec.mounts[fixture.spec.mounts.count - 1].source = "/proc/self"
        #expect(try await fixture.run("echo ran").reason.contains("not of type proc"))
    }

    @Test("options of a procfs: whose processes are seen, and whether anything else is")
    func procOptions() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.user = .init(uid: 33, gid: 33)
        fixture.spec.mounts[0].options += ["hidepid=invisible", "subset=pid"]
        fixture.spec.linux.sysctl = ["net.ipv4.ip_forward": "1"]
        fixture.spec.process.oomScoreAdj = 7
        let result = try await fixture.run(
            "cat /proc/self/oom_score_adj; test -e /proc/sys || echo subset; grep ' /proc ' /proc/self/mountinfo")
        #expect(Array(result.lines.prefix(2)) == ["7", "subset"], "\(result)")
        #expect(MountTable(result.lines)["/proc"]?.options.isSuperset(of: ["hidepid=invisible", "subset=pid"]) == true, "\(result)")
    }

    @Test("RT-08: masks reach what lies on top, also a sysfs that was bound over the own one")
    func maskedTop() async throws {
        var fixture = try await BundleFixture()
        try fixture.root.create("etc/other", permissions: 0o644).writeAll(Array("seen\n".utf8))
        fixture.spec.mounts.append(Mount(destination: "/sys", type: "bind", source: "/sys", options: ["rbind"]))
        fixture.spec.linux.maskedPaths = [
            "/sys/firmware", "/sys/kernel/uevent_seqnum", "/proc/mounts", "etc/other", "/no/such", "/etc/other/x",
        ]
        let result = try await fixture.run(
            "ls -A /sys/firmware | wc -l; stat -c %t:%T /sys/kernel/uevent_seqnum /etc/other; wc -c < /proc/1/mounts; cat /proc/self/mounts | wc -l"
        )
        #expect(Array(result.lines.prefix(4)) == ["0", "1:3", "1:3", "0"], "\(result)")
    }

    @Test("read-only paths keep their other attributes, and what is below them is closed too")
    func readOnly() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "data").mkdir()
        fixture.spec.mounts.append(Mount(destination: "/etc/sub", type: "tmpfs", source: "tmpfs", options: ["nosuid", "noexec"]))
        fixture.spec.linux.readonlyPaths += ["/etc", "/tmp/", "/no/such"]
        let result = try await fixture.run(
            "touch /etc/x || echo a; touch /etc/sub/x || echo b; touch /tmp/x || echo c; cat /proc/self/mountinfo")
        #expect(Array(result.lines.prefix(3)) == ["a", "b", "c"], "\(result)")
        #expect(MountTable(result.lines)["/etc/sub"]?.attributes.isSuperset(of: ["ro", "nosuid", "noexec"]) == true)
    }
}
