// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Statistics of version 2 (kernel documentation, admin-guide/cgroup-v2), in version 1's terms.

import Glibc
import WharfLinux

extension StatsReader {
    func readV2() throws(SyscallError) -> CgroupStats {
        var stats = CgroupStats()
        stats.cpu = try cpuV2()
        stats.cpuset.cpus = StatsReader.list(try text("cpuset", "cpuset.cpus.effective") ?? "")
        stats.cpuset.mems = StatsReader.list(try text("cpuset", "cpuset.mems.effective") ?? "")
        stats.memory = try memoryV2()
        if let current = try number("pids", "pids.current") {
            stats.pids.current = current
            stats.pids.limit = try StatsReader.limit(number("pids", "pids.max"))
        } else {
            stats.pids.current = UInt64(StatsReader.lines(try text("unified", "cgroup.procs") ?? "").count)
        }
        stats.blockIO = try blockIOV2()
        stats.hugepages = try hugepagesV2()
        stats.rdma = try rdma()
        return stats
    }

    private func cpuV2() throws(SyscallError) -> CgroupStats.CPU {
        var cpu = CgroupStats.CPU()
        // The file is there without the controller, too.
        let table = try table("cpu", "cpu.stat") ?? [:]
        cpu.usage = (table["usage_usec"] ?? 0) &* 1000
        cpu.user = (table["user_usec"] ?? 0) &* 1000
        cpu.system = (table["system_usec"] ?? 0) &* 1000
        cpu.periods = table["nr_periods"] ?? 0
        cpu.throttledPeriods = table["nr_throttled"] ?? 0
        cpu.throttledTime = (table["throttled_usec"] ?? 0) &* 1000
        cpu.burstPeriods = table["nr_bursts"] ?? 0
        cpu.burstTime = (table["burst_usec"] ?? 0) &* 1000
        cpu.pressure = try pressure("cpu.pressure")
        return cpu
    }

    private func memoryV2() throws(SyscallError) -> CgroupStats.Memory {
        var memory = CgroupStats.Memory()
        memory.raw = try table("memory", "memory.stat") ?? [:]
        memory.cache = memory.raw["file"] ?? 0
        memory.usesHierarchy = true
        let events = try table("memory", "memory.events") ?? [:]
        memory.oomKills = events["oom_kill"] ?? 0
        memory.usage = try useV2("memory") ?? CgroupStats.MemoryUse()
        memory.usage.failures = events["max"] ?? 0
        if let swap = try useV2("memory.swap") {
            memory.swapOnly = swap
            memory.swapOnly.failures = try table("memory", "memory.swap.events")?["max"] ?? 0
            memory.swap.usage = swap.usage &+ memory.usage.usage
            let sum = swap.limit.addingReportingOverflow(memory.usage.limit)
            memory.swap.limit = sum.overflow ? .max : sum.partialValue
        }
        memory.pressure = try pressure("memory.pressure")
        return memory
    }

    private func useV2(_ prefix: String) throws(SyscallError) -> CgroupStats.MemoryUse? {
        guard let usage = try number("memory", "\(prefix).current") else { return nil }
        // memory.peak came with Linux 5.19, memory.swap.peak with 6.5.
        return CgroupStats.MemoryUse(
            usage: usage, maximum: try number("memory", "\(prefix).peak") ?? 0, limit: try number("memory", "\(prefix).max") ?? 0)
    }

    /// Lines of `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6`.
    private func blockIOV2() throws(SyscallError) -> CgroupStats.BlockIO {
        var io = CgroupStats.BlockIO()
        for line in StatsReader.lines(try text("io", "io.stat") ?? "") {
            let words = StatsReader.words(line)
            guard let (major, minor) = StatsReader.device(number: words.first ?? "") else { continue }
            for word in words.dropFirst() {
                let parts = word.utf8.split(separator: UInt8(ascii: "=")).map { String(Substring($0)) }
                guard parts.count == 2 else { continue }
                let entry = { (operation: String) in
                    CgroupStats.BlockIOEntry(major: major, minor: minor, operation: operation, value: StatsReader.number(parts[1]))
                }
                switch parts[0] {
                case "rbytes": io.serviceBytes.append(entry("Read"))
                case "wbytes": io.serviceBytes.append(entry("Write"))
                case "dbytes": io.serviceBytes.append(entry("Discard"))
                case "rios": io.serviced.append(entry("Read"))
                case "wios": io.serviced.append(entry("Write"))
                case "dios": io.serviced.append(entry("Discard"))
                default: continue
                }
            }
        }
        io.pressure = try pressure("io.pressure")
        return io
    }

    func hugepagesV2() throws(SyscallError) -> [String: CgroupStats.Hugepages] {
        var pages: [String: CgroupStats.Hugepages] = [:]
        for size in try pageSizes(suffix: "max") {
            var usage = try number("hugetlb", "hugetlb.\(size).rsvd.current")
            if usage == nil { usage = try number("hugetlb", "hugetlb.\(size).current") }
            pages[size] = CgroupStats.Hugepages(
                usage: usage ?? 0, failures: try table("hugetlb", "hugetlb.\(size).events")?["max"] ?? 0)
        }
        return pages
    }
}
