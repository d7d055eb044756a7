// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Processor time on version 1. Period, burst and quota check each other and the parent's, so a value that is refused
// before the quota is written is tried again behind it.

import Glibc
import WharfLinux
import WharfOCI

extension LimitWriter {
    func cpuV1(_ cpu: RuntimeSpec.CPU) throws(SyscallError) {
        if let shares = cpu.shares, shares != 0 { try sharesV1(shares) }
        let quota = cpu.quota ?? 0
        var again: [(file: String, value: UInt64)] = []
        if let period = cpu.period, period != 0 { try attempt("cpu.cfs_period_us", period, retry: quota != 0, &again) }
        if let burst = cpu.burst { try attempt("cpu.cfs_burst_us", burst, retry: quota != 0, &again) }
        if quota != 0 {
            try write("cpu", "cpu.cfs_quota_us", quota)
            for (file, value) in again { try write("cpu", file, value) }
        }
        if let idle = cpu.idle { try write("cpu", "cpu.idle", idle) }
        try realtimeV1(cpu)
    }

    /// Real time: the period may only be possible behind the runtime, as above.
    private func realtimeV1(_ cpu: RuntimeSpec.CPU) throws(SyscallError) {
        let runtime = cpu.realtimeRuntime ?? 0
        var again: [(file: String, value: UInt64)] = []
        if let period = cpu.realtimePeriod, period != 0 { try attempt("cpu.rt_period_us", period, retry: runtime != 0, &again) }
        if runtime == 0 { return }
        try write("cpu", "cpu.rt_runtime_us", runtime)
        for (file, value) in again { try write("cpu", file, value) }
    }

    private func attempt(
        _ file: String, _ value: UInt64, retry: Bool, _ again: inout [(file: String, value: UInt64)]
    ) throws(SyscallError) {
        do { try write("cpu", file, value) } catch  where error.errno == EINVAL && retry { again.append((file, value)) }
    }

    /// The kernel takes any number and keeps the nearest that it can have.
    private func sharesV1(_ shares: UInt64) throws(SyscallError) {
        try write("cpu", "cpu.shares", shares)
        guard let kept = UInt64(try read("cpu", "cpu.shares")) else { return }
        if shares > kept { throw LimitWriter.invalid("cpu.shares \(shares): the maximum allowed is \(kept)") }
        if shares < kept { throw LimitWriter.invalid("cpu.shares \(shares): the minimum allowed is \(kept)") }
    }
}
