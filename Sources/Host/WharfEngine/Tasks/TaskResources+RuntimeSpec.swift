// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Limits in plain values as the OCI object: for the specification of a container that is made, and for the shim of one that
// runs. Only what is set is in it.

import WharfError
import WharfLinux
import WharfOCI

extension TaskResources {
    /// The limits; device rules are not among them.
    ///
    /// - Throws: `WharfError` with Docker's text for a block device that is not there.
    func runtimeLimits() throws(WharfError) -> RuntimeSpec.Resources {
        let (period, quota) = processorTime
        return RuntimeSpec.Resources(
            memory: .init(
                limit: memory, reservation: memoryReservation, swap: memorySwap, swappiness: memorySwappiness,
                disableOOMKiller: oomKillDisabled),
            cpu: .init(
                shares: cpuShares, quota: quota, period: period, realtimeRuntime: realtimeRuntime, realtimePeriod: realtimePeriod,
                cpus: cpusetCPUs, mems: cpusetMemories),
            pids: .init(limit: pids), blockIO: try blockIO())
    }

    /// moby: part of a processor is a quota in a period of 100 ms.
    private var processorTime: (period: UInt64?, quota: Int64?) {
        guard let nanoCPUs, nanoCPUs > 0 else { return (cpuPeriod, cpuQuota) }
        // Divided first: the product could overflow.
        let (whole, rest) = nanoCPUs.quotientAndRemainder(dividingBy: 1_000_000_000)
        let (quotas, overflow) = whole.multipliedReportingOverflow(by: 100_000)
        return (100_000, overflow ? nil : quotas + rest / 10_000)
    }

    private func blockIO() throws(WharfError) -> RuntimeSpec.BlockIO {
        var blockIO = RuntimeSpec.BlockIO(weight: blockIOWeight)
        for limit in blockIOWeights ?? [] {
            let number = try Self.number(of: limit.path)
            blockIO.weightDevice.append(.init(major: number.major, minor: number.minor, weight: UInt16(clamping: limit.value)))
        }
        blockIO.throttleReadBpsDevice = try Self.throttles(readBytes)
        blockIO.throttleWriteBpsDevice = try Self.throttles(writeBytes)
        blockIO.throttleReadIOPSDevice = try Self.throttles(readOperations)
        blockIO.throttleWriteIOPSDevice = try Self.throttles(writeOperations)
        return blockIO
    }

    private static func throttles(_ limits: [TaskDeviceLimit]?) throws(WharfError) -> [RuntimeSpec.ThrottleDevice] {
        var throttles: [RuntimeSpec.ThrottleDevice] = []
        for limit in limits ?? [] {
            let number = try number(of: limit.path)
            throttles.append(.init(major: number.major, minor: number.minor, rate: limit.value))
        }
        return throttles
    }

    private static func number(of path: String) throws(WharfError) -> (major: Int64, minor: Int64) {
        do throws(SyscallError) {
            let status = try HostPath(path).status()
            return (Int64(status.deviceMajor), Int64(status.deviceMinor))
        } catch {
            throw WharfError(.internal, "stat \(path): \(error.reason)", cause: error, errno: error.errno)
        }
    }
}
