// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits: what is impossible is refused in dockerd's words, what the kernel lacks is dropped with its warning.

import WharfDockerAPI
import WharfError

extension ContainerValidation {
    /// The smallest memory limit: 6 MiB.
    private static let smallestMemory: Int64 = 6 << 20

    /// - Parameter isUpdate: the body of an update, which may change one of two limits that belong together.
    mutating func checkResources(_ resources: inout ContainerResources, isUpdate: Bool = false) throws(WharfError) {
        if resources.memorySwappiness == -1 { resources.memorySwappiness = nil }
        try checkMemory(&resources, isUpdate)
        checkOOM(&resources)
        if let pids = resources.pidsLimit, !host.cgroups.hasPids {
            if pids > 0 {
                warnings.append("Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.")
            }
            resources.pidsLimit = nil
        }
        try checkProcessors(&resources)
        try checkCpusets(&resources)
        try checkBlockDevices(&resources)
        for limit in resources.ulimits ?? [] where limit.hard != -1 && (limit.soft == -1 || limit.soft > limit.hard) {
            let soft = limit.soft == -1 ? "soft: -1 (unlimited), hard: " : "\(limit.soft) > "
            throw invalid("ulimit soft limit must be less than or equal to hard limit: \(soft)\(limit.hard)")
        }
        for rule in resources.deviceCgroupRules ?? [] { _ = try TaskDevices.rule(rule) }
        if resources.deviceRequests?.isEmpty == false { throw notYet("device requests (--gpus)") }
    }

    private mutating func checkMemory(_ resources: inout ContainerResources, _ isUpdate: Bool) throws(WharfError) {
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
        if resources.memory == 0, resources.memorySwap > 0, !isUpdate {
            throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage")
        }
        if let swappiness = resources.memorySwappiness {
            if !host.cgroups.hasSwappiness {
                warnings.append(
                    "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded."
                )
                resources.memorySwappiness = nil
            } else if !(0...100).contains(swappiness) {
                throw invalid("Invalid value: \(swappiness), valid memory swappiness range is 0-100")
            }
        }
        if resources.memoryReservation > 0, !host.cgroups.hasMemoryReservation {
            warnings.append(
                "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.")
            resources.memoryReservation = 0
        }
        if resources.memoryReservation > 0, resources.memoryReservation < Self.smallestMemory {
            throw invalid("Minimum memory reservation allowed is 6MB")
        }
        if resources.memory > 0, resources.memoryReservation > resources.memory {
            throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage")
        }
    }

    private mutating func checkOOM(_ resources: inout ContainerResources) {
        if let isDisabled = resources.oomKillDisable, !host.cgroups.hasOOMKillDisable {
            if isDisabled { warnings.append("Your kernel does not support OomKillDisable. OomKillDisable discarded.") }
            resources.oomKillDisable = nil
        }
        if resources.oomKillDisable == true, resources.memory == 0 {
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
        if resources.cpuShares > 0, !host.cgroups.hasCPUShares {
            warnings.append("Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.")
            resources.cpuShares = 0
        }
        guard resources.cpuShares >= 0 else {
            throw invalid("invalid CPU shares (\(resources.cpuShares)): value must be a positive integer")
        }
        if resources.cpuPeriod != 0 || resources.cpuQuota != 0, !host.cgroups.hasCPU {
            warnings.append("Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.")
            resources.cpuPeriod = 0
            resources.cpuQuota = 0
        }
        if resources.cpuPeriod != 0, !(1000...1_000_000).contains(resources.cpuPeriod) {
            throw invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)")
        }
        if resources.cpuQuota > 0, resources.cpuQuota < 1000 { throw invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)") }
        if resources.cpuPercent > 0 {
            warnings.append("linux does not support CPU percent. Percent discarded.")
            resources.cpuPercent = 0
        }
        try checkRealtime(resources)
    }

    private func checkRealtime(_ resources: ContainerResources) throws(WharfError) {
        let (period, runtime) = (resources.cpuRealtimePeriod, resources.cpuRealtimeRuntime)
        if period != 0 || runtime != 0, !host.cgroups.hasRealtime { throw invalid("kernel does not support CPU real-time scheduler") }
        if period != 0, runtime != 0, runtime > period {
            throw invalid("cpu real-time runtime cannot be higher than cpu real-time period")
        }
        guard period >= 0 else { throw invalid("invalid CPU real-time period (\(period)): value must be a positive integer") }
    }

    private mutating func checkCpusets(_ resources: inout ContainerResources) throws(WharfError) {
        guard !resources.cpusetCpus.isEmpty || !resources.cpusetMems.isEmpty else { return }
        guard host.cgroups.hasCpuset else {
            warnings.append("Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.")
            resources.cpusetCpus = ""
            resources.cpusetMems = ""
            return
        }
        try check(list: resources.cpusetCpus, "cpus", "CPUs", available: host.cgroups.processors)
        try check(list: resources.cpusetMems, "mems", "memory nodes", available: host.cgroups.memoryNodes)
    }

    private func check(list: String, _ kind: String, _ plural: String, available: String) throws(WharfError) {
        let wanted: NumberSet
        do throws(NumberSet.Failure) {
            wanted = try NumberSet(parsing: list)
        } catch {
            throw invalid("Invalid value \(list) for cpuset \(kind): \(error.text)")
        }
        if let offered = NumberSet(available), !wanted.isSubset(of: offered) {
            throw invalid("Requested \(plural) are not available - requested \(list), available: \(available)")
        }
    }

    private mutating func checkBlockDevices(_ resources: inout ContainerResources) throws(WharfError) {
        let cgroups = host.cgroups
        if resources.blkioWeight > 0, !cgroups.hasBlockWeight {
            warnings.append("Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.")
            resources.blkioWeight = 0
        }
        if resources.blkioWeight > 0, !(10...1000).contains(resources.blkioWeight) {
            throw invalid("Range of blkio weight is from 10 to 1000")
        }
        if resources.ioMaximumBandwidth != 0 || resources.ioMaximumIOps != 0 {
            throw invalid("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps")
        }
        if resources.blkioWeightDevice?.isEmpty == false, !cgroups.hasBlockWeightDevice {
            warnings.append("Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.")
            resources.blkioWeightDevice = []
        }
        let rates: [(WritableKeyPath<ContainerResources, [ThrottleDevice]?>, Bool, String)] = [
            (\.blkioDeviceReadBps, cgroups.hasReadBytes, "BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit"),
            (
                \.blkioDeviceWriteBps, cgroups.hasWriteBytes,
                "BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit"
            ),
            (
                \.blkioDeviceReadIOps, cgroups.hasReadOperations,
                "IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit"
            ),
            (
                \.blkioDeviceWriteIOps, cgroups.hasWriteOperations,
                "IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit"
            ),
        ]
        for (path, isOffered, text) in rates where resources[keyPath: path]?.isEmpty == false && !isOffered {
            warnings.append("Your kernel does not support \(text) discarded.")
            resources[keyPath: path] = []
        }
    }
}
