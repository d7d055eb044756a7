// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The figures of control groups in Docker's words. Version 2 has fewer of them; what it lacks is left out (moby, stats_unix.go).

import WharfCgroups
import WharfDockerAPI

extension CPUStats {
    init(_ cpu: CgroupStats.CPU, host: HostProcessorTime, isUnified: Bool) {
        self.init()
        usage.total = cpu.usage
        usage.userMode = cpu.user
        usage.kernelMode = cpu.system
        usage.perCPU = isUnified ? nil : cpu.perCPU
        systemUsage = host.total
        onlineCPUs = host.online
        throttling.periods = cpu.periods
        throttling.throttledPeriods = cpu.throttledPeriods
        throttling.throttledTime = cpu.throttledTime
    }
}

extension MemoryStats {
    /// - Parameter hostMemory: what the limit is where there is none, in bytes.
    init(_ memory: CgroupStats.Memory, hostMemory: UInt64, isUnified: Bool) {
        self.init()
        usage = memory.usage.usage
        maxUsage = isUnified ? nil : memory.usage.maximum
        stats = memory.raw
        failures = memory.usage.failures == 0 ? nil : memory.usage.failures
        limit = hostMemory == 0 ? memory.usage.limit : min(memory.usage.limit == 0 ? hostMemory : memory.usage.limit, hostMemory)
    }
}

extension PidsStats {
    init(_ pids: CgroupStats.Pids) {
        self.init(current: pids.current, limit: pids.limit == 0 || pids.limit == .max ? nil : pids.limit)
    }
}

extension BlockIOStats {
    init(_ io: CgroupStats.BlockIO, isUnified: Bool) {
        self.init()
        serviceBytes = Self.entries(io.serviceBytes, isUnified)
        guard !isUnified else { return }
        serviced = Self.entries(io.serviced, false)
        queued = Self.entries(io.queued, false)
        serviceTime = Self.entries(io.serviceTime, false)
        waitTime = Self.entries(io.waitTime, false)
        merged = Self.entries(io.merged, false)
        time = Self.entries(io.time, false)
        sectors = Self.entries(io.sectors, false)
    }

    /// On version 2 Docker's words are in lower case.
    private static func entries(_ entries: [CgroupStats.BlockIOEntry], _ isUnified: Bool) -> [WharfDockerAPI.BlockIOEntry] {
        entries.map {
            WharfDockerAPI.BlockIOEntry(
                major: $0.major, minor: $0.minor, operation: isUnified ? $0.operation.lowercased() : $0.operation, value: $0.value)
        }
    }
}
