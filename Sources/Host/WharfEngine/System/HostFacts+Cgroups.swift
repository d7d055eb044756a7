// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the control groups of this machine can limit, as Docker asks for it (moby, pkg/sysinfo): a limit that the kernel
// lacks is left out with a warning and not an error.

import WharfCgroups

extension HostFacts {
    /// What the control groups offer.
    public struct Cgroups: Sendable, Equatable {
        /// cgroup v2 alone; hybrid counts as v1.
        public var isUnified = false
        public var hasMemory = false
        public var hasSwap = false
        public var hasMemoryReservation = false
        /// v1 only.
        public var hasSwappiness = false
        /// v1 only.
        public var hasOOMKillDisable = false
        public var hasPids = false
        /// Quota and period.
        public var hasCPU = false
        public var hasCPUShares = false
        /// v1 only.
        public var hasRealtime = false
        public var hasCpuset = false
        /// Processors and memory nodes that may be asked for, in the kernel's list form: `0-1`.
        public var processors = ""
        public var memoryNodes = ""
        public var hasBlockWeight = false
        public var hasBlockWeightDevice = false
        public var hasReadBytes = false
        public var hasWriteBytes = false
        public var hasReadOperations = false
        public var hasWriteOperations = false

        /// Nothing.
        public init() {}

        /// Everything that this kind of host can have.
        public static func all(isUnified: Bool) -> Cgroups {
            var all = Cgroups()
            all.isUnified = isUnified
            for path in [
                \Cgroups.hasMemory, \.hasSwap, \.hasMemoryReservation, \.hasPids, \.hasCPU, \.hasCPUShares, \.hasCpuset, \.hasBlockWeight,
                \.hasBlockWeightDevice, \.hasReadBytes, \.hasWriteBytes, \.hasReadOperations, \.hasWriteOperations,
            ] { all[keyPath: path] = true }
            all.hasSwappiness = !isUnified
            all.hasOOMKillDisable = !isUnified
            all.hasRealtime = !isUnified
            all.processors = "0-1"
            all.memoryNodes = "0"
            return all
        }
    }

    /// What can't be found out counts as absent: it can't be used either.
    static func readCgroups() -> Cgroups { Cgroups((try? CgroupFeatures.current()) ?? CgroupFeatures()) }
}

extension HostFacts.Cgroups {
    init(_ features: CgroupFeatures) {
        self.init()
        isUnified = features.version == .v2
        hasMemory = features.memoryLimit
        hasSwap = features.swapLimit
        hasMemoryReservation = features.memoryReservation
        hasSwappiness = features.memorySwappiness
        hasOOMKillDisable = features.oomKillDisable
        hasPids = features.pidsLimit
        hasCPU = features.cpuQuota
        hasCPUShares = features.cpuShares
        hasRealtime = features.cpuRealtime
        hasCpuset = features.cpuset
        processors = features.cpus
        memoryNodes = features.mems
        hasBlockWeight = features.blockIOWeight
        hasBlockWeightDevice = features.blockIOWeightDevice
        hasReadBytes = features.blockIOReadBps
        hasWriteBytes = features.blockIOWriteBps
        hasReadOperations = features.blockIOReadIOPS
        hasWriteOperations = features.blockIOWriteIOPS
    }
}
