// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// New limits for a container that runs, as the OCI object that goes to its shim. Nothing is filled in here: what the user
// did not name stays as it is.

import WharfOCI

extension TaskResources {
    /// Only what is set.
    func runtimeUpdate() -> RuntimeSpec.Resources {
        var period = cpuPeriod
        var quota = cpuQuota
        if let nanoCPUs, nanoCPUs > 0 {
            // moby: a period of 100 ms. Divided first: the product could overflow.
            let (whole, rest) = nanoCPUs.quotientAndRemainder(dividingBy: 1_000_000_000)
            let (quotas, overflow) = whole.multipliedReportingOverflow(by: 100_000)
            (period, quota) = (100_000, overflow ? nil : quotas + rest / 10_000)
        }
        return RuntimeSpec.Resources(
            memory: .init(limit: memory, reservation: memoryReservation, swap: memorySwap, swappiness: memorySwappiness),
            cpu: .init(shares: cpuShares, quota: quota, period: period, cpus: cpusetCPUs, mems: cpusetMemories),
            pids: .init(limit: pids), blockIO: .init(weight: blockIOWeight))
    }
}
