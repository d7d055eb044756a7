// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits: what is impossible is refused in Docker's words, what the kernel lacks is dropped with its warning.

import Testing
import WharfDockerAPI
import WharfError
import WharfOCI

@testable import WharfEngine

@Suite struct ResourceValidationTests {
    typealias Change = @Sendable (inout ContainerResources) -> Void

    private static func checked(
        _ host: HostFacts, isUpdate: Bool = false, _ change: Change
    ) throws -> (resources: ContainerResources, warnings: [String]) {
        var resources = ContainerResources()
        change(&resources)
        var validation = ContainerValidation(host: host)
        try validation.checkResources(&resources, isUpdate: isUpdate)
        return (resources, validation.warnings)
    }

    private static let impossible: [(String, Change)] = [
        ("Minimum memory limit allowed is 6MB", { $0.memory = 4 << 20 }),
        ("Minimum memory limit allowed is 6MB", { $0.memory = -5 }),
        ("Minimum memory reservation allowed is 6MB", { $0.memoryReservation = 1 << 20 }),
        ("Invalid value: 101, valid memory swappiness range is 0-100", { $0.memorySwappiness = 101 }),
        ("Invalid value: -2, valid memory swappiness range is 0-100", { $0.memorySwappiness = -2 }),
        ("You should always set the Memory limit when using Memoryswap limit, see usage", { $0.memorySwap = 64 << 20 }),
        (
            "Minimum memoryswap limit should be larger than memory limit, see usage",
            {
                $0.memory = 64 << 20
                $0.memorySwap = 32 << 20
            }
        ),
        (
            "Minimum memory limit can not be less than memory reservation limit, see usage",
            {
                $0.memory = 64 << 20
                $0.memoryReservation = 128 << 20
            }
        ),
        (
            "Conflicting options: Nano CPUs and CPU Quota cannot both be set",
            {
                $0.nanoCPUs = 1_000_000_000
                $0.cpuQuota = 5000
            }
        ),
        ("range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available", { $0.nanoCPUs = -1 }),
        ("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)", { $0.cpuPeriod = 999 }),
        ("CPU cfs quota can not be less than 1ms (i.e. 1000)", { $0.cpuQuota = 10 }),
        ("invalid CPU shares (-1): value must be a positive integer", { $0.cpuShares = -1 }),
        (
            "cpu real-time runtime cannot be higher than cpu real-time period",
            {
                $0.cpuRealtimePeriod = 1000
                $0.cpuRealtimeRuntime = 2000
            }
        ),
        ("Requested CPUs are not available - requested 0-7, available: 0-1", { $0.cpusetCpus = "0-7" }),
        ("Requested memory nodes are not available - requested 5, available: 0", { $0.cpusetMems = "5" }),
        ("Invalid value x for cpuset cpus: invalid format: x", { $0.cpusetCpus = "x" }),
        (
            "Invalid value 1-9223372036854775807 for cpuset mems: value of out range, maximum is 8192",
            { $0.cpusetMems = "1-9223372036854775807" }
        ),
        ("Range of blkio weight is from 10 to 1000", { $0.blkioWeight = 9 }),
        ("Invalid QoS settings: linux does not support Maximum IO Bandwidth or Maximum IO IOps", { $0.ioMaximumIOps = 1 }),
        (
            "ulimit soft limit must be less than or equal to hard limit: 5 > 4",
            { $0.ulimits = [Ulimit(name: "nofile", hard: 4, soft: 5)] }
        ),
        (
            "ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 4",
            { $0.ulimits = [Ulimit(name: "nofile", hard: 4, soft: -1)] }
        ),
        ("invalid device cgroup rule format: 'c 1:3'", { $0.deviceCgroupRules = ["c 1:3"] }),
    ]

    @Test func whatIsImpossibleIsRefused() {
        for (text, change) in Self.impossible {
            let error = #expect(throws: WharfError.self, "\(text)") { try Self.checked(.example, change) }
            #expect(error?.message == text)
        }
    }

    private static let lacking: [(String, Change)] = [
        (
            "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.",
            { $0.memory = 64 << 20 }
        ),
        (
            "Your kernel does not support memory swappiness capabilities or the cgroup is not mounted. Memory swappiness discarded.",
            { $0.memorySwappiness = 10 }
        ),
        (
            "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.",
            { $0.memoryReservation = 64 << 20 }
        ),
        ("Your kernel does not support OomKillDisable. OomKillDisable discarded.", { $0.oomKillDisable = true }),
        (
            "Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.",
            { $0.pidsLimit = 5 }
        ),
        ("Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.", { $0.cpuShares = 512 }),
        ("Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.", { $0.cpuQuota = 5000 }),
        ("Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.", { $0.cpusetCpus = "0" }),
        ("Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.", { $0.blkioWeight = 100 }),
        (
            "Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.",
            { $0.blkioWeightDevice = [WeightDevice(path: "/dev/x", weight: 100)] }
        ),
        (
            "Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded.",
            { $0.blkioDeviceReadBps = [ThrottleDevice(path: "/dev/x", rate: 1)] }
        ),
        (
            "Your kernel does not support IOPS Block write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.",
            { $0.blkioDeviceWriteIOps = [ThrottleDevice(path: "/dev/x", rate: 1)] }
        ),
    ]

    @Test func whatTheKernelLacksIsDroppedWithAWarning() throws {
        var bare = HostFacts.example
        bare.cgroups = HostFacts.Cgroups()
        for (text, change) in Self.lacking {
            let (left, warnings) = try Self.checked(bare, change)
            #expect(warnings == [text])
            var task = TaskResources(left)
            // A limit that was dropped with the memory's is "none" and no limit.
            if task.memorySwap == -1 { task.memorySwap = nil }
            let limits = try task.runtimeLimits()
            #expect(limits.memory == .init() && limits.cpu == .init() && limits.pids.limit == nil && limits.blockIO == .init(), "\(text)")
            #expect(try Self.checked(.example, change).warnings.filter { $0.contains("does not support") } == [], "\(text)")
        }
        #expect(throws: WharfError.self) { try Self.checked(bare) { $0.nanoCPUs = 1_000_000_000 } }
        #expect(throws: WharfError.self) { try Self.checked(bare) { $0.cpuRealtimePeriod = 1000 } }
    }

    @Test func anUpdateMayChangeSwapAlone() throws {
        #expect(try Self.checked(.example, isUpdate: true) { $0.memorySwap = 64 << 20 }.resources.memorySwap == 64 << 20)
    }

    @Test func memoryWithoutANumberForTwiceOfItIsWithoutSwapLimit() {
        var host = HostConfig()
        host.resources.memory = .max
        host.fillDefaults(.example)
        #expect(host.resources.memorySwap == -1)
    }

    @Test(arguments: [("", 0), ("7", 1), ("1-6", 6), ("0,3-4,7,8-10", 7), ("03,1-3", 3), ("3,2,1", 3)])
    func lists(text: String, count: Int) throws {
        let set = try NumberSet(parsing: text)
        #expect(try set.isSubset(of: NumberSet(parsing: "0-10")))
        #expect(try (count == 0) == set.isSubset(of: NumberSet(parsing: "")))
    }

    @Test(arguments: ["a", "1-", "-1", "3-1", "1,,2", "1--2", "1 2", "0x1", "9999999999999999999999", "1-8193"])
    func brokenLists(text: String) {
        #expect(throws: NumberSet.Failure.self) { try NumberSet(parsing: text) }
    }
}
