// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The host's own control groups: real processes are put in, frozen, counted, killed, and the groups go away.

import Glibc
import Testing
import WharfLinux
import WharfOCI
import WharfTestKit

@testable import WharfCgroups

@Suite("Real groups", .enabled(if: geteuid() == 0))
struct RealCgroupTests {
    /// A manager of a fresh name, and its clean-up.
    private func withGroup(_ body: (any CgroupManager) throws -> Void) throws {
        let hierarchies = try CgroupHierarchies.current()
        guard hierarchies.version != .none else { return }
        let parent = "/wharf-test-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
        let manager = try Cgroups.manager(path: "\(parent)/c", hierarchies: hierarchies)
        try manager.create()
        defer {
            // The test has said what it had to say; what is left is removed as far as it goes.
            try? manager.killAll(timeout: Duration.seconds(10).scaled)
            try? manager.delete(timeout: Duration.seconds(10).scaled)
            for directory in manager.directories { try? directory.path.parent.rmdir() }
        }
        try body(manager)
    }

    private func start(_ script: String, input: Descriptor? = nil, output: Descriptor? = nil) throws -> SpawnedProcess {
        let null = try HostPath("/dev/null").open(.readWrite)
        return try spawn(
            try HostPath("/bin/sh").open(.handle), arguments: ["sh", "-c", script], descriptors: [input ?? null, output ?? null, null])
    }

    @Test("kill takes everything, also what is frozen, and delete leaves nothing")
    func kill() throws {
        try withGroup { manager in
            // They fork once they are inside: what they make belongs to the group, too.
            let (gate, input) = try UnixSocket.pair()
            let processes = try (0..<3).map { _ in try start("read go; sleep 1000 & wait", input: input) }
            for process in processes { try manager.add(process.pid) }
            try gate.writeAll(Array("go\ngo\ngo\n".utf8))
            #expect(Set(try manager.processes()).isSuperset(of: processes.map(\.pid)))
            try manager.freeze(timeout: Duration.seconds(10).scaled)
            try manager.killAll(timeout: Duration.seconds(10).scaled)
            for process in processes { #expect(try PidFD(process.pidfd).wait() == .signaled(signal: SIGKILL)) }
            #expect(try manager.processes().isEmpty)
            try manager.delete(timeout: Duration.seconds(10).scaled)
            for directory in manager.directories { #expect(try !directory.path.exists()) }
            // Gone already: nothing to do, no error.
            try manager.killAll(timeout: Duration.seconds(1).scaled)
            try manager.delete(timeout: Duration.seconds(1).scaled)
        }
    }

    @Test("a frozen process goes on when it is thawed")
    func thaw() throws {
        try withGroup { manager in
            // With a handler, because version 2 lets a signal that is fatal through to a frozen process.
            let (ours, theirs) = try UnixSocket.pair()
            let process = try start("trap 'exit 7' TERM; echo; while :; do read line; done", input: theirs, output: theirs)
            var line: UInt8 = 0
            _ = try withUnsafeMutableBytes(of: &line) { try ours.read(into: $0) }
            try manager.add(process.pid)
            try manager.freeze(timeout: Duration.seconds(10).scaled)
            try PidFD(process.pidfd).send(SIGTERM)
            #expect(try PidFD(process.pidfd).waitNow() == nil)
            try manager.thaw()
            #expect(try PidFD(process.pidfd).wait() == .exited(code: 7))
        }
    }

    @Test("a group that has gone meanwhile is thawed already")
    func thawGone() throws {
        try withGroup { manager in
            try manager.delete(timeout: Duration.seconds(1).scaled)
            try manager.thaw()
        }
    }

    @Test("a limit on memory kills, and the watch tells")
    func memory() throws {
        try withGroup { manager in
            let warnings = try manager.apply(.init(memory: .init(limit: 8 << 20, swap: 8 << 20), pids: .init(limit: 30)))
            guard let watch = try manager.watchOOM(),
                !warnings.contains(where: { $0.contains("memory.max") || $0.contains("memory.limit") })
            else { return }
            #expect(watch.killCount() == 0)
            let (ours, theirs) = try UnixSocket.pair()
            let process = try spawn(
                try HostPath("/bin/sh").open(.handle), arguments: ["sh", "-c", "read go; x=$(yes | head -c 60000000)"],
                environment: ["PATH=/usr/bin:/bin"], descriptors: [theirs, theirs, theirs])
            theirs.close()
            try manager.add(process.pid)
            try ours.writeAll(Array("go\n".utf8))
            #expect(try watch.descriptor.waitReadable(timeout: Duration.seconds(30).scaled))
            watch.drain()
            _ = try PidFD(process.pidfd).waitForEnd(timeout: Duration.seconds(30).scaled)
            #expect(watch.killCount() > 0)
            try PidFD(process.pidfd).send(SIGKILL)
            _ = try PidFD(process.pidfd).wait()
        }
    }

    @Test("limits follow each other in any order that makes sense, and the kernel never sees one that doesn't")
    func memoryAndSwap() throws {
        try withGroup { manager in
            guard try CgroupFeatures.current().swapLimit else { return }
            _ = try manager.apply(.init(memory: .init(limit: 64 << 20, swap: 128 << 20)))
            // Both up beyond the old sum, both down below the old limit, the sum onto the limit, no limit at all, and back.
            for (limit, swap) in [(256, 512), (16, 32), (32, 32), (-1, -1), (48, 96)] as [(Int64, Int64)] {
                let scale = { (value: Int64) in value < 0 ? value : value << 20 }
                _ = try manager.update(.init(memory: .init(limit: scale(limit), swap: scale(swap))))
                let memory = try manager.stats().memory
                if limit > 0 { #expect(memory.usage.limit == UInt64(limit) << 20) }
                if swap > 0 { #expect(memory.swap.limit == UInt64(swap) << 20, "\(limit) \(swap)") }
            }
            // Memory alone, within the sum: the sum stays.
            _ = try manager.update(.init(memory: .init(limit: 64 << 20)))
            #expect(try manager.stats().memory.swap.limit == 96 << 20)
            #expect(throws: SyscallError.self) { try manager.update(.init(memory: .init(limit: 97 << 20))) }
            _ = try manager.update(.init(memory: .init(limit: -1)))
            #expect(try manager.stats().memory.usage.limit > 1 << 60)
        }
    }

    @Test("a period that only the new quota makes possible is written behind it")
    func quotaAndPeriod() throws {
        try withGroup { manager in
            guard try CgroupFeatures.current().cpuQuota,
                let cpu = manager.directories.first(where: { $0.has("cpu.max") || $0.has("cpu.cfs_quota_us") })
            else { return }
            let above = try Cgroups.manager(path: HostPath(cpu.inner).parent.description, hierarchies: .current())
            _ = try above.update(.init(cpu: .init(quota: 50_000, period: 100_000)))
            _ = try manager.apply(.init(cpu: .init(quota: 50_000, period: 100_000)))
            // 50 ms of 60 ms would be more than the parent has.
            _ = try manager.update(.init(cpu: .init(quota: 20_000, period: 60_000)))
            let isV2 = cpu.has("cpu.max")
            #expect(
                try isV2
                    ? cpu.read("cpu.max") == "20000 60000"
                    : cpu.read("cpu.cfs_quota_us") == "20000" && cpu.read("cpu.cfs_period_us") == "60000")
            _ = try manager.update(.init(cpu: .init(quota: -1)))
            #expect(try isV2 ? cpu.read("cpu.max") == "max 60000" : cpu.read("cpu.cfs_quota_us") == "-1")
        }
    }

    @Test("what is used is told")
    func statistics() throws {
        try withGroup { manager in
            _ = try manager.apply(.init(memory: .init(limit: 64 << 20), pids: .init(limit: 30)))
            let (ours, theirs) = try UnixSocket.pair()
            let process = try start("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo; read end", input: theirs, output: theirs)
            try manager.add(process.pid)
            var line: UInt8 = 0
            _ = try withUnsafeMutableBytes(of: &line) { try ours.read(into: $0) }
            let stats = try manager.stats()
            #expect(stats.pids.current == 1 && stats.pids.limit == 30)
            #expect(stats.memory.usage.limit == 64 << 20 && stats.memory.usage.usage > 0 && !stats.memory.raw.isEmpty)
            #expect(stats.cpu.usage > 0)
            // A kernel may have pressure switched off; where it is told, it has both shares.
            if let pressure = stats.cpu.pressure { #expect(pressure.some.total >= pressure.full.total) }
            try PidFD(process.pidfd).send(SIGKILL)
            _ = try PidFD(process.pidfd).wait()
        }
    }

    @Test("a process goes into a sub-group that is there, and the container's end takes both")
    func subgroup() throws {
        try withGroup { manager in
            for directory in manager.directories { try (directory.path / "sub").mkdir() }
            for directory in manager.directories where directory.controllers.contains("cpuset") {
                for file in ["cpuset.cpus", "cpuset.mems"] { try CgroupDirectory(directory.path / "sub").write(file, directory.read(file)) }
            }
            let sub = try manager.subgroup(CgroupSubpaths(["sub"]))
            let process = try start("exec sleep 1000")
            try sub.add(process.pid)
            #expect(try sub.processes() == [process.pid] && manager.processes() == [process.pid])
            #expect(throws: SyscallError.self) { try manager.subgroup(CgroupSubpaths(["nothing"])) }
            try manager.killAll(timeout: Duration.seconds(10).scaled)
            #expect(try PidFD(process.pidfd).wait() == .signaled(signal: SIGKILL))
            try manager.delete(timeout: Duration.seconds(10).scaled)
            for directory in manager.directories { #expect(try !directory.path.exists()) }
        }
    }

    @Test("a group with processes is not taken over")
    func occupied() throws {
        try withGroup { manager in
            let process = try start("exec sleep 1000")
            try manager.add(process.pid)
            let error = #expect(throws: SyscallError.self) { try manager.create() }
            #expect(error?.errno == EBUSY)
            try manager.killAll(timeout: Duration.seconds(10).scaled)
            _ = try PidFD(process.pidfd).wait()
            try manager.create()
        }
    }

    @Test("devices are allowed and denied by the rules, and a change takes effect at once")
    func devices() throws {
        try withGroup { manager in
            _ = try manager.apply(.init(devices: [.init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3)]))
            let (ours, theirs) = try UnixSocket.pair()
            let script = "while read path; do if (: <$path) 2>&-; then echo yes; else echo no; fi; done"
            let process = try start(script, input: theirs, output: theirs)
            theirs.close()
            try manager.add(process.pid)
            func ask(_ path: String) throws -> String {
                try ours.writeAll(Array("\(path)\n".utf8))
                var answer = [UInt8](repeating: 0, count: 16)
                let count = try answer.withUnsafeMutableBytes { try ours.read(into: $0) }
                return String(decoding: answer.prefix(count).dropLast(), as: UTF8.self)
            }
            #expect(try ask("/dev/null") == "yes" && ask("/dev/full") == "no")
            _ = try manager.update(.init(devices: [.init(allow: true, type: "c", major: 1, minor: 7, access: "r")]))
            #expect(try ask("/dev/null") == "no" && ask("/dev/full") == "yes")
            // Nothing about devices leaves them as they are.
            _ = try manager.update(.init(pids: .init(limit: 40)))
            #expect(try ask("/dev/full") == "yes")
            _ = try manager.update(.init(devices: [.init(allow: true), .init(allow: false, type: "c", major: 1, minor: 7, access: "w")]))
            #expect(try ask("/dev/null") == "yes" && ask("/dev/full") == "yes")
            ours.close()
            #expect(try PidFD(process.pidfd).wait() == .exited(code: 0))
        }
    }

    @Test("in the version 2 hierarchy one program replaces the other")
    func program() throws {
        try withGroup { manager in
            guard let unified = manager.directories.first(where: { $0.controllers == ["unified"] }) else { return }
            let directory = try unified.path.open([.read, .directory])
            try unified.setDeviceProgram(DeviceRules([.init(allow: false)]))
            #expect(try DeviceFilter.attached(to: directory).count == 1)
            try unified.setDeviceProgram(DeviceRules([.init(allow: true)]))
            #expect(try DeviceFilter.attached(to: directory).count == 1)
            // Somebody else's program beside it: both go, the new one comes first.
            let other = try DeviceFilter(instructions: DeviceProgram(DeviceRules()).instructions)
            try other.attach(to: directory)
            #expect(try DeviceFilter.attached(to: directory).count == 2)
            try unified.setDeviceProgram(DeviceRules([.init(allow: false)]))
            #expect(try DeviceFilter.attached(to: directory).count == 1)
        }
    }

    @Test("a version 2 host keeps the sum of limits for its controllers, and refuses what it has not")
    func v2() throws {
        try withGroup { manager in
            guard try CgroupHierarchies.current().version == .v2 else { return }
            _ = try manager.apply(
                .init(
                    memory: .init(limit: 32 << 20, reservation: 8 << 20, swap: 48 << 20), cpu: .init(shares: 2048, burst: 1000, cpus: "0"),
                    pids: .init(limit: 9), hugepageLimits: [.init(pageSize: "2MB", limit: 2 << 20)], unified: ["memory.high": "30000000"]))
            let group = try #require(manager.directories.first)
            #expect(try group.read("memory.max") == "33554432" && group.read("memory.swap.max") == "16777216")
            #expect(try group.read("memory.low") == "8388608" && group.read("memory.high") == "29999104")
            #expect(try group.read("cpu.weight") == "174" && group.read("cpuset.cpus") == "0" && group.read("pids.max") == "9")
            #expect(try group.read("hugetlb.2MB.max") == "2097152")
            #expect(throws: SyscallError.self) { try manager.apply(.init(memory: .init(swappiness: 5))) }
            #expect(throws: SyscallError.self) { try manager.apply(.init(unified: ["nosuch.max": "5"])) }
        }
    }

    @Test("beside a container that has made sub-groups with limits, a further process goes where its first one is")
    func beside() throws {
        try withGroup { manager in
            let process = try start("exec sleep 1000")
            try manager.add(process.pid)
            let pidfd = PidFD(process.pidfd)
            #expect(try manager.group(beside: pidfd).directories.map(\.path) == manager.directories.map(\.path))
            if try CgroupHierarchies.current().version == .v2, let group = manager.directories.first {
                try (group.path / "init").mkdir()
                try CgroupDirectory(group.path / "init").join(process.pid)
                try group.write("cgroup.subtree_control", "+pids")
                #expect(throws: SyscallError.self) { try manager.add(process.pid) }
                let inner = try manager.group(beside: pidfd)
                #expect(inner.directories.map(\.path) == [group.path / "init"])
                try inner.add(process.pid)
            }
            try manager.killAll(timeout: Duration.seconds(10).scaled)
            _ = try pidfd.wait()
        }
    }
}
