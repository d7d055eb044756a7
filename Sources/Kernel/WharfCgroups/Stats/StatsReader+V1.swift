// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Statistics of version 1 (kernel documentation, admin-guide/cgroup-v1).

import Glibc
import WharfLinux

extension StatsReader {
    func readV1() throws(SyscallError) -> CgroupStats {
        var stats = CgroupStats()
        stats.cpu = try cpuV1()
        stats.cpuset = try cpusetV1()
        stats.memory = try memoryV1()
        stats.pids.current = try number("pids", "pids.current") ?? 0
        stats.pids.limit = try StatsReader.limit(number("pids", "pids.max"))
        stats.blockIO = try blockIOV1()
        stats.hugepages = try hugepagesV1()
        stats.rdma = try rdma()
        // A hybrid host knows the pressure, in its version 2 hierarchy.
        stats.cpu.pressure = try pressure("cpu.pressure")
        stats.memory.pressure = try pressure("memory.pressure")
        stats.blockIO.pressure = try pressure("io.pressure")
        return stats
    }

    /// No limit on processes is told as 0.
    static func limit(_ value: UInt64?) -> UInt64 { value == .max ? 0 : value ?? 0 }

    private func cpuV1() throws(SyscallError) -> CgroupStats.CPU {
        var cpu = CgroupStats.CPU()
        if let table = try table("cpu", "cpu.stat") {
            cpu.periods = table["nr_periods"] ?? 0
            cpu.throttledPeriods = table["nr_throttled"] ?? 0
            cpu.throttledTime = table["throttled_time"] ?? 0
            cpu.burstPeriods = table["nr_bursts"] ?? 0
            cpu.burstTime = table["burst_time"] ?? 0
        }
        cpu.usage = try number("cpuacct", "cpuacct.usage") ?? 0
        // Nanoseconds by processor, behind a line of headings: `cpu user system`.
        for line in StatsReader.lines(try text("cpuacct", "cpuacct.usage_all") ?? "").dropFirst() {
            let words = StatsReader.words(line).map(StatsReader.number)
            guard words.count == 3 else { continue }
            cpu.perCPUUser.append(words[1])
            cpu.perCPUSystem.append(words[2])
        }
        cpu.perCPU = StatsReader.words(try text("cpuacct", "cpuacct.usage_percpu") ?? "").map(StatsReader.number)
        // Clock ticks of 10 ms, in parts of which the sum may be off from the exact usage.
        if let table = try table("cpuacct", "cpuacct.stat") {
            cpu.user = (table["user"] ?? 0) &* 10_000_000
            cpu.system = (table["system"] ?? 0) &* 10_000_000
        }
        return cpu
    }

    private func cpusetV1() throws(SyscallError) -> CgroupStats.Cpuset {
        var set = CgroupStats.Cpuset()
        set.cpus = StatsReader.list(try text("cpuset", "cpuset.cpus") ?? "")
        set.mems = StatsReader.list(try text("cpuset", "cpuset.mems") ?? "")
        set.cpuExclusive = try number("cpuset", "cpuset.cpu_exclusive") ?? 0
        set.memHardwall = try number("cpuset", "cpuset.mem_hardwall") ?? 0
        set.memExclusive = try number("cpuset", "cpuset.mem_exclusive") ?? 0
        set.memoryMigrate = try number("cpuset", "cpuset.memory_migrate") ?? 0
        set.memorySpreadPage = try number("cpuset", "cpuset.memory_spread_page") ?? 0
        set.memorySpreadSlab = try number("cpuset", "cpuset.memory_spread_slab") ?? 0
        set.memoryPressure = try number("cpuset", "cpuset.memory_pressure") ?? 0
        set.schedLoadBalance = try number("cpuset", "cpuset.sched_load_balance") ?? 0
        set.schedRelaxDomainLevel = Int64(try text("cpuset", "cpuset.sched_relax_domain_level") ?? "") ?? 0
        return set
    }

    private func memoryV1() throws(SyscallError) -> CgroupStats.Memory {
        var memory = CgroupStats.Memory()
        memory.raw = try table("memory", "memory.stat") ?? [:]
        memory.cache = memory.raw["cache"] ?? 0
        memory.usage = try useV1("memory") ?? CgroupStats.MemoryUse()
        if let swap = try useV1("memory.memsw") {
            memory.swap = swap
            memory.swapOnly.usage = swap.usage >= memory.usage.usage ? swap.usage - memory.usage.usage : 0
            memory.swapOnly.failures = swap.failures >= memory.usage.failures ? swap.failures - memory.usage.failures : 0
        }
        memory.kernel = try useV1("memory.kmem") ?? CgroupStats.MemoryUse()
        memory.kernelTCP = try useV1("memory.kmem.tcp") ?? CgroupStats.MemoryUse()
        memory.usesHierarchy = try number("memory", "memory.use_hierarchy") == 1
        memory.oomKills = try table("memory", "memory.oom_control")?["oom_kill"] ?? 0
        return memory
    }

    private func useV1(_ prefix: String) throws(SyscallError) -> CgroupStats.MemoryUse? {
        guard let usage = try number("memory", "\(prefix).usage_in_bytes") else { return nil }
        var use = CgroupStats.MemoryUse(usage: usage)
        use.maximum = try number("memory", "\(prefix).max_usage_in_bytes") ?? 0
        use.limit = try number("memory", "\(prefix).limit_in_bytes") ?? 0
        use.failures = try number("memory", "\(prefix).failcnt") ?? 0
        return use
    }

    /// The scheduler's own counts where it has some, the throttle layer's where it has not.
    private func blockIOV1() throws(SyscallError) -> CgroupStats.BlockIO {
        var io = CgroupStats.BlockIO()
        for prefix in ["blkio.bfq", "blkio"] {
            io.serviced = try entriesV1("\(prefix).io_serviced_recursive")
            if io.serviced.isEmpty { continue }
            io.serviceBytes = try entriesV1("\(prefix).io_service_bytes_recursive")
            io.queued = try entriesV1("\(prefix).io_queued_recursive")
            io.serviceTime = try entriesV1("\(prefix).io_service_time_recursive")
            io.waitTime = try entriesV1("\(prefix).io_wait_time_recursive")
            io.merged = try entriesV1("\(prefix).io_merged_recursive")
            io.time = try entriesV1("\(prefix).time_recursive")
            io.sectors = try entriesV1("\(prefix).sectors_recursive")
            return io
        }
        for suffix in ["_recursive", ""] {
            io.serviced = try entriesV1("blkio.throttle.io_serviced\(suffix)")
            io.serviceBytes = try entriesV1("blkio.throttle.io_service_bytes\(suffix)")
            if !io.serviced.isEmpty { break }
        }
        return io
    }

    /// Lines of `8:0 Read 1282048` or `8:0 6792`; the sum of all devices (`Total 3477504`) is left out.
    private func entriesV1(_ file: String) throws(SyscallError) -> [CgroupStats.BlockIOEntry] {
        var entries: [CgroupStats.BlockIOEntry] = []
        for line in StatsReader.lines(try text("blkio", file) ?? "") {
            let words = StatsReader.words(line)
            guard let (major, minor) = StatsReader.device(number: words.first ?? ""), words.count == 2 || words.count == 3 else { continue }
            entries.append(
                CgroupStats.BlockIOEntry(
                    major: major, minor: minor, operation: words.count == 3 ? words[1] : "",
                    value: StatsReader.number(words[words.count - 1])))
        }
        return entries
    }

    /// `8:16`; nil for anything else.
    static func device(number text: String) -> (major: UInt64, minor: UInt64)? {
        let parts = text.utf8.split(separator: UInt8(ascii: ":")).map { UInt64(String(Substring($0))) }
        guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
        return (major, minor)
    }

    private func hugepagesV1() throws(SyscallError) -> [String: CgroupStats.Hugepages] {
        // On a hybrid host the controller may be in the version 2 hierarchy.
        guard directory("hugetlb") != nil else { return try StatsReader { _ in directory("unified") }.hugepagesV2() }
        var pages: [String: CgroupStats.Hugepages] = [:]
        for size in try pageSizes(suffix: "limit_in_bytes") {
            let reserved = try number("hugetlb", "hugetlb.\(size).rsvd.usage_in_bytes")
            let prefix = reserved == nil ? "hugetlb.\(size)" : "hugetlb.\(size).rsvd"
            pages[size] = CgroupStats.Hugepages(
                usage: try number("hugetlb", "\(prefix).usage_in_bytes") ?? 0,
                maximum: try number("hugetlb", "\(prefix).max_usage_in_bytes") ?? 0,
                failures: try number("hugetlb", "\(prefix).failcnt") ?? 0)
        }
        return pages
    }
}
