// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf update`: new limits and a new restart policy for containers, running or not.

import WharfClient
import WharfDockerAPI

/// Updates containers.
enum ContainerUpdate {
    static let restart = Flag.text("restart", nil, "Restart policy to apply when a container exits")
    static let cpuRealtimePeriod = Flag.int("cpu-rt-period", nil, "Limit the CPU real-time period in microseconds")
    static let cpuRealtimeRuntime = Flag.int("cpu-rt-runtime", nil, "Limit the CPU real-time runtime in microseconds")
    static let memorySwap = Flag.bytes(
        "memory-swap", nil, "Swap limit equal to memory plus swap: -1 to enable unlimited swap", allowingUnlimited: true)

    private static let flags: [any AnyFlag] = [
        ContainerFlags.blkioWeight, ContainerFlags.cpuPeriod, ContainerFlags.cpuQuota, cpuRealtimePeriod, cpuRealtimeRuntime,
        ContainerFlags.cpusetCpus, ContainerFlags.cpusetMems, ContainerFlags.cpuShares, ContainerFlags.cpus, ContainerFlags.memory,
        ContainerFlags.memoryReservation, memorySwap, restart, ContainerFlags.pidsLimit, ContainerFlags.kernelMemory,
    ]

    static let command = Command(
        name: "update", usage: "[OPTIONS] CONTAINER [CONTAINER...]", summary: "Update configuration of one or more containers",
        aliases: ["wharf container update", "wharf update"], operands: .atLeast(1), flags: flags
    ) { call in
        guard flags.contains(where: { call.isSet($0) }) else {
            throw ExitError("you must provide one or more flags when using this command")
        }
        let request = try request(call)
        var warnings: [String] = []
        var code: Int32 = 0
        for name in call.operands {
            do {
                warnings += try await call.client.updateContainer(name, request).warnings ?? []
                call.console.line(name)
            } catch {
                call.console.error("\(error)")
                code = 1
            }
        }
        for warning in warnings { call.console.line(warning) }
        return code
    }

    private static func request(_ call: Invocation) throws -> ContainerUpdateRequest {
        var resources = ContainerResources()
        resources.blkioWeight = UInt16(clamping: call[ContainerFlags.blkioWeight])
        resources.cpuPeriod = call[ContainerFlags.cpuPeriod]
        resources.cpuQuota = call[ContainerFlags.cpuQuota]
        resources.cpuRealtimePeriod = call[cpuRealtimePeriod]
        resources.cpuRealtimeRuntime = call[cpuRealtimeRuntime]
        resources.cpusetCpus = call[ContainerFlags.cpusetCpus]
        resources.cpusetMems = call[ContainerFlags.cpusetMems]
        resources.cpuShares = call[ContainerFlags.cpuShares]
        resources.nanoCPUs = call[ContainerFlags.cpus]
        resources.memory = call[ContainerFlags.memory]
        resources.memoryReservation = call[ContainerFlags.memoryReservation]
        resources.memorySwap = call[memorySwap]
        let pids = call[ContainerFlags.pidsLimit]
        resources.pidsLimit = pids == 0 ? nil : pids
        let policy = call[restart]
        return ContainerUpdateRequest(
            resources: resources, restartPolicy: policy.isEmpty ? RestartPolicy() : try HostOptions.restartPolicy(policy))
    }
}
