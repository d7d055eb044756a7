// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What stats says of control groups, from trees of files as both kernel interfaces have them.

import Testing
import WharfCgroups
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfTestKit

@testable import WharfEngine

@Suite struct StatisticsTests {
    private let tree: TemporaryDirectory

    init() throws { tree = try TemporaryDirectory("stats") }

    private func put(_ folder: String, _ files: [String: String]) throws {
        let path = HostPath(tree.path) / folder
        try path.mkdir()
        for (name, text) in files { try (path / name).writeAtomically(Array(text.utf8), durable: false) }
    }

    private static let controllers = ["cpu", "cpuacct", "memory", "pids", "blkio"]

    private var v1: ContainerGroups {
        ContainerGroups(
            CgroupHierarchies(v1: Self.controllers.map { .init(mountPoint: HostPath(tree.path) / $0, names: [$0]) }, unified: nil))
    }

    private func fillV1(_ id: String, usage: Int) throws {
        try put("cpu/wharf/\(id)", ["cpu.stat": "nr_periods 5\nnr_throttled 2\nthrottled_time 7000\n"])
        try put(
            "cpuacct/wharf/\(id)",
            ["cpuacct.usage": "\(usage)\n", "cpuacct.usage_percpu": "100 23 \n", "cpuacct.stat": "user 8\nsystem 4\n"])
        try put(
            "memory/wharf/\(id)",
            [
                "memory.stat": "cache 11\ntotal_inactive_file 7\n", "memory.usage_in_bytes": "100\n", "memory.max_usage_in_bytes": "120\n",
                "memory.limit_in_bytes": "9223372036854771712\n", "memory.failcnt": "0\n",
            ])
        try put("pids/wharf/\(id)", ["pids.current": "2\n", "pids.max": "max\n"])
        try put("blkio/wharf/\(id)", ["blkio.throttle.io_service_bytes_recursive": "8:0 Read 512\nTotal 512\n"])
    }

    @Test("version 1: everything by docker's names, and the host's memory where there is no limit")
    func v1Sample() async throws {
        let fixture = try EngineFixture(groups: v1)
        let (id, _) = try await fixture.run("one")
        try fillV1(id, usage: 123)
        let sample = try #require(try await fixture.containers.sample(id))
        #expect(sample.name == "/one" && sample.id == id && sample.read != .zero && sample.preRead == .zero)
        #expect(sample.cpu.usage.total == 123 && sample.cpu.usage.perCPU == [100, 23])
        #expect(sample.cpu.usage.userMode == 80_000_000 && sample.cpu.usage.kernelMode == 40_000_000)
        #expect(sample.cpu.throttling == ThrottlingData(periods: 5, throttledPeriods: 2, throttledTime: 7000))
        #expect((sample.cpu.systemUsage ?? 0) > 0 && (sample.cpu.onlineCPUs ?? 0) > 0)
        #expect(sample.memory.usage == 100 && sample.memory.maxUsage == 120 && sample.memory.limit == 4 << 30)
        #expect(sample.memory.stats == ["cache": 11, "total_inactive_file": 7] && sample.memory.failures == nil)
        #expect(sample.pids == PidsStats(current: 2))
    }

    @Test("version 2: what it has, in its words")
    func v2Sample() async throws {
        let fixture = try EngineFixture(groups: ContainerGroups(CgroupHierarchies(v1: [], unified: HostPath(tree.path))))
        let (id, _) = try await fixture.run()
        try put("", ["cgroup.controllers": "cpu memory pids io\n"])
        try put(
            "wharf/\(id)",
            [
                "cgroup.controllers": "cpu memory pids io\n", "cpu.stat": "usage_usec 5\nuser_usec 3\nsystem_usec 2\n",
                "memory.current": "100\n", "memory.max": "1000\n", "memory.stat": "anon 60\ninactive_file 7\n",
                "memory.events": "low 0\noom 0\noom_kill 0\n", "pids.current": "3\n", "pids.max": "9\n",
                "io.stat": "8:0 rbytes=512 wbytes=0 rios=1 wios=0 dbytes=0 dios=0\n",
            ])
        let sample = try #require(try await fixture.containers.sample(id))
        #expect(sample.cpu.usage.total == 5000 && sample.cpu.usage.perCPU == nil)
        #expect(sample.memory.usage == 100 && sample.memory.limit == 1000 && sample.memory.maxUsage == nil)
        #expect(sample.memory.stats?["inactive_file"] == 7)
        #expect(sample.pids == PidsStats(current: 3, limit: 9))
        #expect(sample.blockIO.serviceBytes?.contains(.init(major: 8, minor: 0, operation: "read", value: 512)) == true)
        #expect(sample.blockIO.serviced == nil)
    }

    @Test("a sample has the one before it, but the first of a stream and one that was asked for alone")
    func streams() async throws {
        let fixture = try EngineFixture(groups: v1)
        let (id, task) = try await fixture.run()
        try fillV1(id, usage: 100)
        let seen = Samples()
        try await fixture.containers.stats(id, options: .init(stream: false, oneShot: true)).run { seen.add($0) }
        #expect(seen.all.count == 1 && seen.all[0].preRead == .zero && seen.all[0].preCPU == CPUStats())
        try await fixture.containers.stats(id, options: .init(stream: false)).run { seen.add($0) }
        #expect(seen.all.count == 2 && seen.all[1].preRead != .zero && seen.all[1].preCPU.usage.total == 100)
        let stream = try await fixture.containers.stats(id, options: .init())
        struct Enough: Error {}
        await #expect(throws: Enough.self) { try await stream.run { if seen.add($0) == 4 { throw Enough() } } }
        #expect(seen.all[2].preRead == .zero && seen.all[3].preRead == seen.all[2].read)
        task.exit(0)
        try await fixture.happened("die", id)
        try await fixture.containers.stats(id, options: .init(stream: false)).run { seen.add($0) }
        #expect(seen.all[4].read == .zero && seen.all[4].id == id && seen.all[4].memory == MemoryStats())
    }

    @Test("what can't be asked for")
    func refusals() async throws {
        let fixture = try EngineFixture()
        let id = try await fixture.create()
        #expect(
            await failure(.invalidArgument) { _ = try await fixture.containers.stats(id, options: .init(stream: true, oneShot: true)) }
                == "cannot have stream=true and one-shot=true")
        _ = await failure(.notFound) { _ = try await fixture.containers.stats("none", options: .init()) }
        #expect(await failure(.conflict) { _ = try await fixture.containers.top(id) } == "container \(id) is not running")
    }

    @Test("the host's time: seven columns of the first line, and a processor for each further one")
    func hostTime() {
        let time = HostProcessorTime("cpu  1 2 3 4 5 6 7 8 9 10\ncpu0 1 1 1 1 1 1 1\ncpu1 1 1\nintr 5\n", ticks: 100)
        #expect(time.total == 28 * 10_000_000 && time.online == 2)
        #expect(HostProcessorTime("", ticks: 0).total == 0)
    }
}

extension ThrottlingData {
    fileprivate init(periods: UInt64, throttledPeriods: UInt64, throttledTime: UInt64) {
        self.init()
        (self.periods, self.throttledPeriods, self.throttledTime) = (periods, throttledPeriods, throttledTime)
    }
}
