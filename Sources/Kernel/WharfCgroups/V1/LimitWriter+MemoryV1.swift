// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Memory on version 1: which of memory and memory-with-swap is written first depends on where they stand.

import Glibc
import WharfLinux
import WharfOCI

extension LimitWriter {
    private static let limitFile = "memory.limit_in_bytes"
    private static let swapFile = "memory.memsw.limit_in_bytes"

    mutating func memoryV1(_ memory: RuntimeSpec.Memory) throws(SyscallError) {
        let limit = memory.limit ?? 0
        var swap = memory.swap ?? 0
        // Memory without limit means swap without limit; -1 is what a kernel without the file does anyway.
        if (limit == -1 && swap == 0) || swap == -1 { swap = try has("memory", LimitWriter.swapFile) ? -1 : 0 }
        // The kernel wants memory <= memory and swap after each write.
        var swapFirst = false
        if limit != 0 && swap != 0 {
            let current = try currentLimit()
            swapFirst = swap == -1 || current < UInt64(clamping: swap)
        }
        if swapFirst {
            try write("memory", LimitWriter.swapFile, swap)
            try memoryLimit(limit)
        } else {
            if limit != 0 { try memoryLimit(limit) }
            if swap != 0 { try write("memory", LimitWriter.swapFile, swap) }
        }
        if let reservation = memory.reservation, reservation != 0 { try write("memory", "memory.soft_limit_in_bytes", reservation) }
        if let kernel = memory.kernel { try write("memory", "memory.kmem.limit_in_bytes", kernel) }
        if let tcp = memory.kernelTCP { try write("memory", "memory.kmem.tcp.limit_in_bytes", tcp) }
        // Today's kernels count that way always and have no 0 to write.
        if memory.useHierarchy { try write("memory", "memory.use_hierarchy", 1) }
        if memory.disableOOMKiller { try write("memory", "memory.oom_control", 1) }
        if let swappiness = memory.swappiness, swappiness != .max {
            if swappiness > 100 { throw LimitWriter.invalid("memory.swappiness \(swappiness) is not in 0...100") }
            try write("memory", "memory.swappiness", swappiness)
        }
    }

    private func currentLimit() throws(SyscallError) -> UInt64 { UInt64(try read("memory", LimitWriter.limitFile)) ?? .max }

    /// EBUSY: more is in use and can't be given up; the numbers say how much.
    private func memoryLimit(_ limit: Int64) throws(SyscallError) {
        do { try write("memory", LimitWriter.limitFile, limit) } catch  where error.errno == EBUSY {
            let usage = try read("memory", "memory.usage_in_bytes")
            let peak = try read("memory", "memory.max_usage_in_bytes")
            throw SyscallError(
                "cgroup", "memory.limit_in_bytes \(limit) is less than what is in use (now \(usage), at most \(peak))", errno: EBUSY)
        }
    }
}
