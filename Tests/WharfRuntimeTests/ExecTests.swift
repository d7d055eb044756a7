// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Further processes in a running container, and what a created one holds while it waits.

import Glibc
import Testing
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("Exec", .enabled(if: BundleFixture.canRun))
struct ExecTests {
    private func sleeper(_ change: (inout BundleFixture) throws -> Void = { _ in }) async throws -> RunningContainer {
        var fixture = try await BundleFixture()
        fixture.spec.process.args = ["sleep", "1000"]
        try change(&fixture)
        let container = try await RunningContainer(fixture)
        do {
            try await container.start()
        } catch {
            // The error to tell is that of start.
            _ = try? await container.command(["delete", "--force", "r1"])
            throw error
        }
        return container
    }

    private static let kinds = ["mnt", "net", "ipc", "uts", "pid", "cgroup", "user", "time"]

    @Test("it is in the container's namespaces and control groups, with the rights and the environment of its own")
    func inside() async throws {
        try await sleeper { $0.spec.linux.namespaces.append(.init("cgroup")) }.use { container in
            let pid = try await container.processID()
            let result = try await container.exec(
                Self.kinds.map { "readlink /proc/self/ns/\($0)" }.joined(separator: ";")
                    + "; env | grep ^X=; pwd; grep ^Cap /proc/self/status",
                ["--env", "X=y", "--cwd", "/tmp"])
            try result.expecting(0)
            #expect(
                Array(result.lines.prefix(8))
                    == (try Self.kinds.map { String(decoding: try HostPath("/proc/\(pid)/ns/\($0)").readLink(), as: UTF8.self) }))
            #expect(result.lines[8...9] == ["X=y", "/tmp"])
            let sets = Dictionary(uniqueKeysWithValues: result.lines[10...].map { ($0.prefix(6), $0.suffix(16)) })
            // RT-12.
            #expect(sets["CapInh"] == "0000000000000000" && sets["CapAmb"] == "0000000000000000")
            #expect(sets["CapEff"] == "00000000a80425fb" && sets["CapBnd"] == "00000000a80425fb")
            #expect(try await container.exec("exit 7").exitCode == 7)
            // The group of the container has both.
            let top = HostPath("/sys/fs/cgroup")
            let groups = try [top] + top.entries().filter { $0.kind == .directory }.map { top / $0.name }
            let own = Array(container.fixture.spec.linux.cgroupsPath.utf8.dropFirst())
            let held = try groups.filter { try ($0 / own / "cgroup.procs").exists() }
            #expect(!held.isEmpty)
            #expect(try await container.exec("cat /proc/self/cgroup").lines.filter { $0.hasSuffix(":/") }.count >= held.count)
        }
    }

    @Test("RT-12, RT-14: another user has no capabilities, and the primary group is always among its groups")
    func user() async throws {
        try await sleeper().use { container in
            let result = try await container.exec(
                "id; grep -E 'Cap(Inh|Prm|Eff|Amb)' /proc/self/status; env | grep ^HOME", ["--user", "www-data"])
            #expect(result.lines.first == "uid=33(www-data) gid=33(www-data) groups=33(www-data),50(staff)", "\(result)")
            #expect(result.lines.filter { $0.hasSuffix("\t0000000000000000") }.count == 4)
            #expect(result.lines.last == "HOME=/var/www")
            #expect(try await container.exec("id -G", ["--user", "5:6", "--additional-gids", "7"]).lines == ["6 7"])
        }
    }

    @Test("RT-02: no working directory leads out through a leaked descriptor")
    func leakedDirectories() async throws {
        try await sleeper().use { container in
            for number in 3...64 {
                let result = try await container.exec("cat ../../../../etc/hostname; pwd", ["--cwd", "/proc/self/fd/\(number)"])
                #expect(result.exitCode != 0 && result.lines.isEmpty, "\(result)")
            }
        }
    }

    @Test("RT-03: no descriptor but three in a created container, a running one and a further process")
    func descriptors() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.args = ["sleep", "1000"]
        for index in 0..<50 {
            fixture.spec.mounts.append(
                Mount(destination: "/m/\(index)", type: "bind", source: fixture.temporary.path("canary"), options: ["rbind", "ro"]))
        }
        try await RunningContainer(fixture, before: "exec 7</etc/hostname 9</; ").use { container in
            let pid = try await container.processID()
            func open() throws -> [(String, String)] {
                try HostPath("/proc/\(pid)/fd").entries().map {
                    let name = String(decoding: $0.name, as: UTF8.self)
                    return (name, String(decoding: try (HostPath("/proc/\(pid)/fd") / name).readLink(), as: UTF8.self))
                }
            }
            // While it waits: two sockets of the runtime at most, no file and no directory of the host.
            let waiting = try open().filter { !["0", "1", "2"].contains($0.0) }
            #expect(waiting.count <= 2 && waiting.allSatisfy { $0.1.hasPrefix("socket:") }, "\(waiting)")
            try await container.start()
            #expect(try open().map(\.0).sorted() == ["0", "1", "2"])
            let result = try await container.exec("ls -l /proc/self/fd")
            // The fourth is the folder that ls reads.
            #expect(result.lines.filter { $0.contains(" -> ") && !$0.hasSuffix("/fd") }.count == 3, "\(result)")
        }
    }

    @Test("preserved descriptors keep their numbers; sockets of systemd are told by LISTEN_FDS")
    func preserved() async throws {
        var fixture = try await BundleFixture()
        fixture.spec.process.args = [
            "sh", "-c", "cat <&3; cat <&4; env | grep ^LISTEN; ls -l /proc/self/fd 2>/dev/null | grep -c -e '->'; exec sleep 1000",
        ]
        for name in ["three", "four"] { try (fixture.bundle / name).writeAtomically(Array("\(name)\n".utf8), durable: false) }
        let files = "exec 3<\(fixture.temporary.path("three")) 4<\(fixture.temporary.path("four")) 6</etc/hostname; export LISTEN_FDS=1; "
        try await RunningContainer(fixture, options: ["--preserve-fds", "1"], before: files).use { container in
            try await container.start()
            let lines = try await eventually(within: .seconds(20), "the container's words") {
                let lines = try container.output.split(separator: "\n").map(String.init)
                return lines.count == 5 ? lines : nil
            }
            #expect(Array(lines.prefix(2)) == ["three", "four"])
            #expect(Set(lines[2...3]) == ["LISTEN_FDS=1", "LISTEN_PID=1"])
            // Standard streams and the two; what ls opens to look is gone when it looks.
            #expect(lines[4] == "5")
        }
        await #expect(throws: TestFailure.self) { try await RunningContainer(fixture, options: ["--preserve-fds", "3"], before: files) }
    }

    @Test("a container with its own users is entered with them")
    func users() async throws {
        let container = try await sleeper { fixture in
            try fixture.giveUsers()
            fixture.useBareMounts()
        }
        try await container.use { container in
            let pid = try await container.processID()
            let result = try await container.exec(
                "readlink /proc/self/ns/user; id -u; id -G; cat /proc/self/uid_map; echo more > /dev/stdout")
            try result.expecting(0)
            #expect(result.lines[0] == String(decoding: try HostPath("/proc/\(pid)/ns/user").readLink(), as: UTF8.self))
            #expect(result.lines[1...2] == ["0", "0"])
            #expect(result.lines[3].split(separator: " ") == ["0", "100000", "1000"])
            #expect(result.lines.last == "more")
            #expect(try await container.exec("id -u; id -g", ["--user", "1001:3"]).lines == ["1001", "3"])
            #expect(try await container.exec("id", ["--user", "4000"]).says("no mapping in the container's user namespace"))
        }
    }

    @Test("a process of its own description: affinity, scheduling, limits")
    func process() async throws {
        try await sleeper {
            $0.spec.linux.namespaces.append(.init("time")); $0.spec.linux.timeOffsets = ["boottime": .init(secs: 1_000_000)]
        }
        .use { container in
            let script = "grep Cpus_allowed_list /proc/self/status; ulimit -n; cat /proc/self/oom_score_adj; cat /proc/uptime"
            let process = RuntimeSpec.Process(
                args: ["sh", "-c", script], env: ["PATH=/bin"], cwd: "/", rlimits: [.init(type: "RLIMIT_NOFILE", hard: 99, soft: 98)],
                oomScoreAdj: 77, scheduler: .init(policy: "SCHED_BATCH", nice: 3),
                execCPUAffinity: .init(initial: "0", final: "1"))
            let file = container.fixture.temporary.path("process.json")
            func write(_ process: RuntimeSpec.Process) throws { try HostPath(file).writeAtomically(JSON.encode(process), durable: false) }
            try write(process)
            let result = try await container.command(["exec", "--process", file, "r1"])
            #expect(Array(result.lines.prefix(3)) == ["Cpus_allowed_list:\t1", "98", "77"], "\(result)")
            #expect((Double(result.lines.last?.prefix { $0 != " " } ?? "") ?? 0) > 1_000_000)
            // Without a list for inside, everything that the groups allow.
            var wide = process
            wide.execCPUAffinity = .init(initial: "0")
            try write(wide)
            #expect(try await container.command(["exec", "--process", file, "r1"]).lines.first != "Cpus_allowed_list:\t0")
            var bad = process
            bad.execCPUAffinity = .init(initial: "0-")
            try write(bad)
            #expect(
                try await container.command(["exec", "--process", file, "r1"]).says("execCPUAffinity.initial: bad CPU list \"0-\""))
        }
    }

    @Test("a program that is not there, and a container that is not running")
    func failures() async throws {
        try await sleeper().use { container in
            let result = try await container.command(["exec", "r1", "nope"])
            #expect(result.exitCode == 255 && result.says("exec: \"nope\": executable file not found in $PATH"), "\(result)")
            let denied = try await container.command(["exec", "--cwd", "/no/such", "r1", "true"])
            #expect(denied.says("chdir to cwd (\"/no/such\") set in config.json failed"), "\(denied)")
        }
    }
}
