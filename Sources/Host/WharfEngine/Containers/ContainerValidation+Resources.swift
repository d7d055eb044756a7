// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits: what is impossible is refused in dockerd's words, what the kernel lacks is dropped with its warning.

import WharfDockerAPI
import WharfError

extension ContainerValidation {
    /// The smallest memory limit: 6 MiB.
    private static let smallestMemory: Int64 = 6 << 20

    mutating func checkResources(_ resources: inout ContainerResources) throws(WharfError) {
        try checkMemory(&resources)
        try checkProcessors(&resources)
        try checkCpusets(&resources)
        if let pids = resources.pidsLimit, !host.cgroups.hasPids {
            if pids > 0 {
                warnings.append("Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.")
            }
            resources.pidsLimit = nil
        }
        if resources.blkioWeight > 0, !(10...1000).contains(resources.blkioWeight) {
            throw invalid("Range of blkio weight is from 10 to 1000")
        }
        for limit in resources.ulimits ?? [] where limit.soft > limit.hard && limit.hard != -1 {
            throw invalid("ulimit soft limit must be less than or equal to hard limit: \(limit.soft) > \(limit.hard)")
        }
        if resources.deviceRequests?.isEmpty == false { throw notYet("device requests (--gpus)") }
    }

    private mutating func checkMemory(_ resources: inout ContainerResources) throws(WharfError) {
        if resources.memory != 0, resources.memory < Self.smallestMemory { throw invalid("Minimum memory limit allowed is 6MB") }
        if resources.memory > 0, !host.cgroups.hasMemory {
            warnings.append("Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.")
            resources.memory = 0
            resources.memorySwap = -1
        }
        if resources.memory > 0, resources.memorySwap != -1, !host.cgroups.hasSwap {
            warnings.append(
                "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.")
            resources.memorySwap = -1
        }
        if resources.memory > 0, resources.memorySwap > 0, resources.memorySwap < resources.memory {
            throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage")
        }
        if resources.memory == 0, resources.memorySwap > 0 {
            throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if let swappiness = resources.memorySwappiness, swappiness != -1, !(0...100).contains(swappiness) {
            throw invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
        }
        if resources.memoryReservation > 0, resources.memoryReservation < Self.smallestMemory {
            throw invalid("Minimum memory reservation allowed is 6MB")
        }
        if resources.memory > 0, resources.memoryReservation > resources.memory {
            throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
        if resources.oomKillDisable == true, host.cgroups.isUnified {
            warnings.append("Your kernel does not support OomKillDisable. OomKillDisable discarded.")
            resources.oomKillDisable = nil
        } else if resources.oomKillDisable == true, resources.memory == 0 {
            warnings.append(
                "OOM killer is disabled for the container, but no memory limit is set, "
                    + "this can result in the system running out of resources.")
        }
    }

    private mutating func checkProcessors(_ resources: inout ContainerResources) throws(WharfError) {
        if resources.nanoCPUs > 0, resources.cpuPeriod > 0 {
            throw invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set")
        }
        if resources.nanoCPUs > 0, resources.cpuQuota > 0 {
            throw invalid("Conflicting options: Nano CPUs and CPU Quota cannot both be set")
        }
        if resources.nanoCPUs > 0, !host.cgroups.hasCPU {
            throw invalid("NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted")
        }
        let count = host.processors
        if resources.nanoCPUs != 0, resources.nanoCPUs < 0 || resources.nanoCPUs > Int64(count) * 1_000_000_000 {
            throw invalid("range of CPUs is from 0.01 to \(count).00, as there are only \(count) CPUs available")
        }
        if resources.cpuPeriod != 0, !(1000...1_000_000).contains(resources.cpuPeriod) {
            throw invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if resources.cpuQuota > 0, resources.cpuQuota < 1000 { throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)") }
        if !host.cgroups.hasCPU, resources.cpuShares > 0 || resources.cpuPeriod != 0 || resources.cpuQuota != 0 {
            warnings.append("Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.")
            resources.cpuShares = 0
            resources.cpuPeriod = 0
            resources.cpuQuota = 0
        }
    }

    private mutating func checkCpusets(_ resources: inout ContainerResources) throws(WharfError) {
        guard !resources.cpusetCpus.isEmpty || !resources.cpusetMems.isEmpty else { return }
        guard host.cgroups.hasCpuset else {
            warnings.append("Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.")
            resources.cpusetCpus = ""
            resources.cpusetMems = ""
            return
        }
        guard let wanted = NumberSet(resources.cpusetCpus) else {
            throw invalid("Invalid value \(resources.cpusetCpus) for cpuset cpus")
        }
        if let available = NumberSet(host.processorList), !wanted.isSubset(of: available) {
            throw invalid("Requested CPUs are not available - requested \(resources.cpusetCpus), available: \(host.processorList)")
        }
        guard NumberSet(resources.cpusetMems) != nil else {
            throw invalid("Invalid value \(resources.cpusetMems) for cpuset mems")
        }
    }
}

/// A set of small numbers in the kernel's list form: `0-2,4`.
struct NumberSet: Sendable, Equatable {
    private var numbers: Set<Int> = []

    /// nil for anything but a list; empty is the empty set.
    init?(_ text: String) {
        for part in text.split(separator: ",") {
            let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = ends.first, let low = first, let last = ends.last, let high = last, ends.count <= 2, low >= 0, low <= high,
                high < 8192
            else { return nil }
            numbers.formUnion(low...high)
        }
    }

    func isSubset(of other: NumberSet) -> Bool { numbers.isSubset(of: other.numbers) }
}
