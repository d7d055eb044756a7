// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on version 2. The spec speaks version 1 (shares, memory plus swap), so some values are converted the way
// runc and crun do.

import WharfLinux
import WharfOCI

extension ResourceWriter {
    mutating func applyV2(_ resources: RuntimeSpec.Resources) throws(SyscallError) {
        let memory = resources.memory
        if let limit = memory.limit, limit != 0 { try write("unified", "memory.max", ResourceWriter.orMax(limit)) }
        if let swap = memory.swap, swap != 0 {
            // The spec's value holds memory and swap together.
            let alone = swap < 0 ? -1 : max(0, swap - max(0, memory.limit ?? 0))
            try write("unified", "memory.swap.max", ResourceWriter.orMax(alone, zeroIsMax: false))
        }
        if let reservation = memory.reservation, reservation != 0 { try write("unified", "memory.low", ResourceWriter.orMax(reservation)) }
        if let limit = resources.pids.limit { try write("unified", "pids.max", ResourceWriter.orMax(limit)) }
        let cpu = resources.cpu
        if let shares = cpu.shares, shares > 0 { try write("unified", "cpu.weight", ResourceWriter.weight(shares: shares)) }
        if cpu.quota ?? 0 != 0 || cpu.period ?? 0 != 0 {
            let quota = cpu.quota ?? 0
            try write("unified", "cpu.max", "\(quota > 0 ? "\(quota)" : "max") \(cpu.period.flatMap { $0 > 0 ? $0 : nil } ?? 100_000)")
        }
        if !cpu.cpus.isEmpty { try write("unified", "cpuset.cpus", cpu.cpus) }
        if !cpu.mems.isEmpty { try write("unified", "cpuset.mems", cpu.mems) }
        if let weight = resources.blockIO.weight, weight > 0 {
            // 10...1000 becomes 1...10000.
            try write("unified", "io.weight", "default \(1 + (UInt32(max(weight, 10)) - 10) * 9999 / 990)")
        }
        for (file, value) in resources.unified.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            guard NameGrammar.isPathComponent(Array(file.utf8)), !file.utf8.starts(with: "cgroup.".utf8) else {
                throw SyscallError("cgroup", file, errno: 22)
            }
            try write("unified", file, value)
        }
    }

    /// 2...262144 (1024 is normal) to 1...10000 (kernel documentation and runc's ConvertCPUSharesToCgroupV2Value).
    static func weight(shares: UInt64) -> UInt64 { 1 + (min(max(shares, 2), 262144) - 2) * 9999 / 262142 }

    private static func orMax(_ value: Int64, zeroIsMax: Bool = true) -> String {
        value > 0 || (value == 0 && !zeroIsMax) ? "\(value)" : "max"
    }
}
