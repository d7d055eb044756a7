// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Memory on version 2. The spec's swap holds memory and swap together; the kernel's file holds swap alone.

import Glibc
import WharfLinux
import WharfOCI

extension LimitWriter {
    mutating func memoryV2(_ memory: RuntimeSpec.Memory) throws(SyscallError) {
        if memory.kernel != nil { throw LimitWriter.onlyV1("linux.resources.memory.kernel") }
        if memory.kernelTCP != nil { throw LimitWriter.onlyV1("linux.resources.memory.kernelTCP") }
        if memory.swappiness ?? .max != .max { throw LimitWriter.onlyV1("linux.resources.memory.swappiness") }
        if memory.disableOOMKiller { throw LimitWriter.onlyV1("linux.resources.memory.disableOOMKiller") }
        let (limit, swap) = (memory.limit ?? 0, memory.swap ?? 0)
        if memory.checkBeforeUpdate { try checkUse(limit: limit, swap: swap) }
        if let alone = try swapAlone(limit: limit, swap: swap) {
            // A kernel without swap limits swaps without limit, and not at all where there is no swap.
            let isNothing = alone == "max" || alone == "0"
            let isThere = try has("memory", "memory.swap.max")
            if isThere || !isNothing { try write("memory", "memory.swap.max", alone) }
        }
        if limit != 0 { try write("memory", "memory.max", LimitWriter.orMax(limit)) }
        if let reservation = memory.reservation, reservation != 0 { try write("memory", "memory.low", LimitWriter.orMax(reservation)) }
    }

    /// What memory.swap.max becomes; nil leaves it.
    private func swapAlone(limit: Int64, swap: Int64) throws(SyscallError) -> String? {
        if swap == 0 {
            if limit == -1 { return "max" }
            return isUpdate && limit > 0 ? try keptSwap(limit: limit) : nil
        }
        if swap == -1 { return "max" }
        var memory = limit
        if memory == 0 && isUpdate { memory = try LimitWriter.number(read("memory", "memory.max")).map { Int64(clamping: $0) } ?? -1 }
        if memory == -1 { return "\(swap)" }
        if memory == 0 { throw LimitWriter.invalid("memory.swap.max: a limit of swap needs a limit of memory") }
        if memory < 0 || swap < 0 { throw LimitWriter.invalid("memory.max: invalid value \(min(memory, swap))") }
        if swap < memory {
            throw LimitWriter.invalid("memory.swap.max: the limit of memory and swap (\(swap)) is less than that of memory (\(memory))")
        }
        return "\(swap - memory)"
    }

    /// Only memory changes: the sum stays what it was, as on version 1, where the sum is what the kernel keeps.
    private func keptSwap(limit: Int64) throws(SyscallError) -> String? {
        guard try has("memory", "memory.swap.max"), let swap = LimitWriter.number(try read("memory", "memory.swap.max")),
            let memory = LimitWriter.number(try read("memory", "memory.max"))
        else { return nil }
        let (sum, new) = (memory.addingReportingOverflow(swap).partialValue, UInt64(limit))
        if sum < new {
            throw LimitWriter.invalid(
                "memory.max: \(limit) is more than the limit of memory and swap (\(sum)); change that at the same time")
        }
        return "\(sum - new)"
    }

    private func checkUse(limit: Int64, swap: Int64) throws(SyscallError) {
        if limit <= 0 && swap <= 0 { return }
        guard let used = LimitWriter.number(try read("memory", "memory.current")) else { return }
        for (name, value) in [("memory and swap", swap), ("memory", limit)] where value > 0 && UInt64(value) <= used {
            throw SyscallError("cgroup", "memory.max: a limit of \(name) of \(value) is not above what is in use (\(used))", errno: EBUSY)
        }
    }

    /// -1 is `max`.
    private static func orMax(_ value: Int64) -> String { value == -1 ? "max" : "\(value)" }

    /// nil for `max`.
    private static func number(_ text: String) -> UInt64? { UInt64(text) }
}
