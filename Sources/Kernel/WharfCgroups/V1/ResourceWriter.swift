// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on version 1 (kernel documentation, admin-guide/cgroup-v1). A missing controller or file is a warning; a value
// that the kernel refuses is an error.

import Glibc
import WharfLinux
import WharfOCI

/// Writes limits into control files and collects what the host can't do.
struct ResourceWriter {
    private let directory: (String) -> CgroupDirectory?
    private(set) var warnings: [String] = []

    init(directory: @escaping (String) -> CgroupDirectory?) { self.directory = directory }

    /// Writes one file of `controller`; what is missing becomes a warning.
    mutating func write(_ controller: String, _ file: String, _ value: some CustomStringConvertible) throws(SyscallError) {
        guard let place = directory(controller), place.has(file) else {
            warnings.append("the host's kernel has no \(file): the limit \(value) is ignored")
            return
        }
        try place.write(file, value.description)
    }

    mutating func applyV1(_ resources: RuntimeSpec.Resources) throws(SyscallError) {
        try memory(resources.memory)
        if let limit = resources.pids.limit { try write("pids", "pids.max", limit > 0 ? "\(limit)" : "max") }
        let cpu = resources.cpu
        if let shares = cpu.shares, shares > 0 { try write("cpu", "cpu.shares", shares) }
        // The period first: a quota is checked against it.
        if let period = cpu.period, period > 0 { try write("cpu", "cpu.cfs_period_us", period) }
        if let quota = cpu.quota, quota != 0 { try write("cpu", "cpu.cfs_quota_us", quota) }
        if !cpu.cpus.isEmpty { try write("cpuset", "cpuset.cpus", cpu.cpus) }
        if !cpu.mems.isEmpty { try write("cpuset", "cpuset.mems", cpu.mems) }
        if let weight = resources.blockIO.weight, weight > 0 {
            let file = directory("blkio")?.has("blkio.weight") == true ? "blkio.weight" : "blkio.bfq.weight"
            try write("blkio", file, weight)
        }
        try devices(resources.devices)
    }

    private mutating func memory(_ memory: RuntimeSpec.Memory) throws(SyscallError) {
        if let limit = memory.limit, limit != 0 { try memoryLimits(limit: limit, swap: memory.swap ?? 0) }
        if memory.limit ?? 0 == 0, let swap = memory.swap, swap != 0 { try write("memory", "memory.memsw.limit_in_bytes", swap) }
        if let reservation = memory.reservation, reservation != 0 { try write("memory", "memory.soft_limit_in_bytes", reservation) }
        if let swappiness = memory.swappiness { try write("memory", "memory.swappiness", swappiness) }
        if memory.disableOOMKiller { try write("memory", "memory.oom_control", 1) }
    }

    /// Memory may never exceed memory plus swap, so which one is written first depends on where they stand.
    private mutating func memoryLimits(limit: Int64, swap: Int64) throws(SyscallError) {
        guard swap != 0 else { return try write("memory", "memory.limit_in_bytes", limit) }
        guard let place = directory("memory"), place.has("memory.memsw.limit_in_bytes") else {
            try write("memory", "memory.limit_in_bytes", limit)
            // No limit on swap, asked for as "unlimited", is what a kernel without the file gives anyway.
            if swap > 0 { try write("memory", "memory.memsw.limit_in_bytes", swap) }
            return
        }
        let current = UInt64(try place.read("memory.memsw.limit_in_bytes")) ?? .max
        if swap < 0 || UInt64(swap) > current {
            try write("memory", "memory.memsw.limit_in_bytes", swap)
            try write("memory", "memory.limit_in_bytes", limit)
        } else {
            try write("memory", "memory.limit_in_bytes", limit)
            try write("memory", "memory.memsw.limit_in_bytes", swap)
        }
    }

    /// devices.deny and devices.allow take one rule in each write: `c 1:3 rwm`, or `a` for everything.
    private mutating func devices(_ rules: [RuntimeSpec.DeviceRule]) throws(SyscallError) {
        for rule in rules {
            try write("devices", rule.allow ? "devices.allow" : "devices.deny", ResourceWriter.text(of: rule))
        }
    }

    static func text(of rule: RuntimeSpec.DeviceRule) -> String {
        let type = rule.type.isEmpty ? "a" : rule.type
        let access = rule.access.isEmpty ? "rwm" : rule.access
        if type == "a", rule.major == nil, rule.minor == nil, access == "rwm" { return "a" }
        let number = { (value: Int64?) in value.map { $0 < 0 ? "*" : "\($0)" } ?? "*" }
        return "\(type) \(number(rule.major)):\(number(rule.minor)) \(access)"
    }
}
