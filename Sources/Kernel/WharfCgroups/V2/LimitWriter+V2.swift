// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits on version 2 (kernel documentation, admin-guide/cgroup-v2). The spec speaks version 1, so some values are
// converted the way runc and crun do; what has no counterpart is an error.

import Glibc
import WharfLinux
import WharfOCI

extension LimitWriter {
    mutating func applyV2(_ resources: RuntimeSpec.Resources) throws(SyscallError) {
        try pids(resources.pids)
        try memoryV2(resources.memory)
        try blockIOV2(resources.blockIO)
        try cpuV2(resources.cpu)
        if !resources.cpu.cpus.isEmpty { try write("cpuset", "cpuset.cpus", resources.cpu.cpus) }
        if !resources.cpu.mems.isEmpty { try write("cpuset", "cpuset.mems", resources.cpu.mems) }
        try hugepages(resources.hugepageLimits)
        if resources.network.classID ?? 0 != 0 { throw LimitWriter.onlyV1("linux.resources.network.classID") }
        if !resources.network.priorities.isEmpty { throw LimitWriter.onlyV1("linux.resources.network.priorities") }
        try rdma(resources.rdma)
        try unified(resources.unified)
    }

    /// Files by name, line by line. The file must be one of a controller that may be limited: `memory.high`; or one of
    /// the group's own that can't move, freeze or kill anybody.
    func unified(_ files: [String: String]) throws(SyscallError) {
        for (file, value) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            let parts = file.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
            guard NameGrammar.isPathComponent(Array(file.utf8)), parts.count == 2, let controller = parts.first, !controller.isEmpty else {
                throw LimitWriter.invalid("linux.resources.unified[\"\(file)\"] is not of the form CONTROLLER.FILE")
            }
            if ["cgroup.procs", "cgroup.threads", "cgroup.freeze", "cgroup.kill", "cgroup.type"].contains(where: {
                $0.utf8.elementsEqual(file.utf8)
            }) {
                throw LimitWriter.invalid("linux.resources.unified[\"\(file)\"] is not a limit")
            }
            let name = String(decoding: controller, as: UTF8.self)
            for line in value.utf8.split(separator: UInt8(ascii: "\n")) { try write(name, file, String(decoding: line, as: UTF8.self)) }
        }
    }

    private func cpuV2(_ cpu: RuntimeSpec.CPU) throws(SyscallError) {
        if cpu.realtimeRuntime ?? 0 != 0 { throw LimitWriter.onlyV1("linux.resources.cpu.realtimeRuntime") }
        if cpu.realtimePeriod ?? 0 != 0 { throw LimitWriter.onlyV1("linux.resources.cpu.realtimePeriod") }
        // Before the weight, which an idle group doesn't have.
        if let idle = cpu.idle { try write("cpu", "cpu.idle", idle) }
        if let shares = cpu.shares, shares != 0 { try write("cpu", "cpu.weight", LimitWriter.weight(shares: shares)) }
        let (quota, period) = (cpu.quota ?? 0, cpu.period ?? 0)
        var burst = cpu.burst
        if let value = burst {
            // More than the quota in force is refused; the new quota may be larger.
            do {
                try write("cpu", "cpu.max.burst", value)
                burst = nil
            } catch  where error.errno == EINVAL && quota != 0 {}
        }
        if quota == 0 && period == 0 { return }
        try write("cpu", "cpu.max", try quotaV2(quota, period))
        if let burst { try write("cpu", "cpu.max.burst", burst) }
    }

    /// `QUOTA PERIOD`. What is not given is the one in force in an update; else no quota, and 100 ms.
    private func quotaV2(_ quota: Int64, _ period: UInt64) throws(SyscallError) -> String {
        var (oldQuota, oldPeriod) = ("max", "100000")
        if isUpdate && (quota == 0 || period == 0) {
            let words = try read("cpu", "cpu.max").utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
            if words.count == 2 { (oldQuota, oldPeriod) = (words[0], words[1]) }
        }
        let time = quota > 0 ? "\(quota)" : quota < 0 ? "max" : oldQuota
        return "\(time) \(period > 0 ? "\(period)" : oldPeriod)"
    }

    /// 2...262144 to 1...10000 so that the two normal values, 1024 and 100, meet: the curve that runc (since 1.4) and
    /// crun (since 1.23) fit through these three points. A straight line would give a normal container 39.
    static func weight(shares: UInt64) -> UInt64 {
        if shares <= 2 { return 1 }
        if shares >= 262144 { return 10000 }
        let power = log2(Double(shares))
        return UInt64(ceil(pow(10, (power * power + 125 * power) / 612 - 7 / 34)))
    }
}
