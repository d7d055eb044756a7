// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container is: its namespaces, rights, mounts, limits and words for failure.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Container", .enabled(if: BundleFixture.canRun))
struct ContainerTests {
    @Test("pid 1, its own name, only lo, the fourteen capabilities, no descriptor but three")
    func isolation() async throws {
        let fixture = try await BundleFixture()
        let result = try await fixture.run(
            "echo $$; hostname; tail -n +3 /proc/net/dev | wc -l; grep lo: /proc/net/dev | wc -l; grep ^Cap /proc/self/status; ls /proc/1/fd; env; exit 7"
        )
        #expect(result.exitCode == 7, "\(result)")
        let lines = result.lines
        #expect(Array(lines.prefix(4)) == ["1", "wharf", "1", "1"])
        let capabilities = Dictionary(
            uniqueKeysWithValues: lines.filter { $0.hasPrefix("Cap") }.map { ($0.prefix(6), String($0.split(separator: "\t")[1])) })
        // RT-12: nothing inheritable, nothing ambient.
        #expect(capabilities["CapInh"] == "0000000000000000" && capabilities["CapAmb"] == "0000000000000000")
        for set in ["CapPrm", "CapEff", "CapBnd"] { #expect(capabilities[set[...]] == "00000000a80425fb") }
        #expect(lines.filter { Int($0) != nil }.suffix(3) == ["0", "1", "2"])
        #expect(lines.contains("HOME=/root"))
        #expect(!lines.contains { $0.hasPrefix("LEAK") })
    }

    @Test("limits stand in the container's own groups, which it can read and not write")
    func limits() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.linux.resources.memory = .init(limit: 64 << 20, swap: 64 << 20)
        fixture.spec.linux.resources.pids = .init(limit: 33)
        // Without a cgroup namespace a version 2 host shows all of its groups.
        if !fixture.spec.linux.namespaces.contains(where: { $0.type == "cgroup" }) { fixture.spec.linux.namespaces.append(.init("cgroup")) }
        let result = try await fixture.run(
            """
            cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null
            echo 1 > /sys/fs/cgroup/pids/pids.max || echo 1 > /sys/fs/cgroup/pids.max || echo denied
            touch /sys/fs/cgroup/x || echo denied
            """)
        #expect(Array(result.lines.prefix(2)) == ["67108864", "33"], "\(result)")
        #expect(result.lines.filter { $0 == "denied" }.count == 2)
        for directory in try HostPath("/sys/fs/cgroup").entries() {
            let path = HostPath("/sys/fs/cgroup") / directory.name / Array(fixture.spec.linux.cgroupsPath.utf8.dropFirst())
            #expect(try !path.exists(), "\(path) is left")
        }
    }

    @Test("masked files are the null device, masked directories empty and read-only, kernel parameters can't be written")
    func hiddenPaths() async throws {
        let fixture = try await BundleFixture()
        let masked = fixture.spec.linux.maskedPaths
        let result = try await fixture.run(
            masked.map {
                "if [ -d \($0) ]; then ls -A \($0) | wc -l; touch \($0)/x 2>/dev/null && echo writable; elif [ -e \($0) ]; then stat -c %t:%T \($0); fi"
            }
            .joined(separator: "\n")
                + "\necho end; for f in /proc/sys/kernel/hostname /proc/sysrq-trigger /sys/kernel/uevent_helper; do echo x > $f && echo WRITTEN $f; done; true"
        )
        let seen = result.lines.prefix { $0 != "end" }
        #expect(!seen.isEmpty)
        #expect(seen.allSatisfy { $0 == "1:3" || $0 == "0" }, "\(result)")
        #expect(!result.lines.contains { $0.hasPrefix("WRITTEN") })
    }

    @Test("a user is found in the container's own files, with home, groups and no rights")
    func user() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.user = .init(username: "www-data")
        fixture.spec.process.cwd = "/made/for/it"
        let result = try await fixture.run("id; env; pwd; grep -E 'Cap(Eff|Prm)' /proc/self/status; echo x > /dev/stdout; touch /root/x")
        #expect(result.lines.first == "uid=33(www-data) gid=33(www-data) groups=33(www-data),50(staff)", "\(result)")
        #expect(result.lines.contains("HOME=/var/www") && result.lines.contains("/made/for/it") && result.lines.contains("x"))
        #expect(result.lines.filter { $0.hasSuffix("0000000000000000") }.count == 2)
        #expect(result.exitCode == 1)
    }

    @Test(
        "failures say what and which",
        arguments: [
            (["nope"], "exec: \"nope\": executable file not found in $PATH"),
            (["/nope"], "exec: \"/nope\": stat /nope: no such file or directory"),
            (["/etc/passwd"], "exec: \"/etc/passwd\": permission denied"), (["/etc"], "exec: \"/etc\": is a directory"),
            (["/bin/text"], "exec /bin/text: exec format error"), (["/bin/script"], "exec /bin/script: no such file or directory"),
        ])
    func failures(arguments: [String], text: String) async throws {
        var fixture = try await BundleFixture()
        for (name, content) in [("bin/text", "x\n"), ("bin/script", "#!/no/interpreter\n")] {
            let file = try fixture.root.create(name, permissions: 0o755)
            try file.writeAll(Array(content.utf8))
            try file.setPermissions(0o755)
        }
        fixture.spec.process.args = arguments
        let result = try await fixture.run("")
        #expect(result.exitCode == 1)
        #expect(result.err.contains(text.replacing("\"", with: "\\\"")), "\(result)")
    }

    @Test("users that do not exist, limits that can't be had, programs that are not there: an error and nothing left")
    func userFailure() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.user = .init(username: "foo")
        let result = try await fixture.run("true")
        #expect(result.err.contains("unable to find user foo: no matching entries in passwd file"))
        fixture.spec.process.user = .init()
        fixture.spec.process.rlimits = [.init(type: "RLIMIT_NOPE", hard: 1, soft: 1)]
        #expect(try await fixture.run("true").err.contains("unknown rlimit RLIMIT_NOPE"))
    }

    @Test("binds, tmpfs, read-only root and limits do what they say")
    func mounts() async throws {
        var fixture = try await BundleFixture()
        try (fixture.bundle / "data").mkdir()
        try (fixture.bundle / "data" / "file").writeAtomically(Array("data\n".utf8), durable: false)
        let data = fixture.temporary.path("data")
        fixture.spec.mounts += [
            Mount(destination: "/data", type: "bind", source: data, options: ["rbind"]),
            Mount(destination: "/ro", type: "bind", source: data, options: ["rbind", "ro"]),
            Mount(destination: "/etc/one", type: "bind", source: data + "/file", options: ["bind", "ro"]),
            Mount(destination: "/tmp", type: "tmpfs", source: "tmpfs", options: ["nosuid", "size=1m"]),
        ]
        fixture.spec.root.readonly = true
        fixture.spec.process.rlimits = [.init(type: "RLIMIT_NOFILE", hard: 64, soft: 60)]
        fixture.spec.process.oomScoreAdj = 500
        fixture.spec.process.noNewPrivileges = true
        fixture.spec.linux.sysctl = ["net.ipv4.ip_forward": "1"]
        let result = try await fixture.run(
            """
            cat /data/file /ro/file /etc/one; touch /data/new && echo wrote; touch /ro/x || echo no1; touch /x || echo no2; touch /etc/one || echo no3
            stat -c %a /tmp; touch /tmp/x && echo tmp; ulimit -n; cat /proc/self/oom_score_adj /proc/sys/net/ipv4/ip_forward; grep NoNewPrivs /proc/self/status
            """)
        #expect(
            result.lines == ["data", "data", "data", "wrote", "no1", "no2", "no3", "1777", "tmp", "60", "500", "1", "NoNewPrivs:\t1"],
            "\(result)")
        #expect(try (fixture.bundle / "data/new").exists())
    }

    @Test("a directory can't be bound onto a file, and the words say so")
    func wrongKind() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.mounts.append(Mount(destination: "/etc/passwd", type: "bind", source: "/etc", options: ["rbind"]))
        let result = try await fixture.run("true")
        #expect(result.reason.contains("error mounting \"/etc\" to rootfs at \"/etc/passwd\""), "\(result)")
        #expect(result.err.contains("not a directory"))
        fixture.spec.mounts.removeLast()
        fixture.spec.mounts.append(Mount(destination: "/x", type: "bind", source: "/no/such/dir", options: ["rbind"]))
        #expect(try await fixture.run("true").err.contains("/no/such/dir"))
    }

    @Test("a signal ends the container as it would end the program")
    func signals() async throws {
        let fixture = try await BundleFixture()
        #expect(try await fixture.run("kill -9 $$; sleep 100 & kill -9 $!; wait $!; exit $?").exitCode == 137)
    }
}
