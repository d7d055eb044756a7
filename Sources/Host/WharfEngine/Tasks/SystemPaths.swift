// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What of /proc and /sys a container must not see or change unless it is privileged (moby, daemon/pkg/oci/defaults.go). How
// often a processor was hot, what power it drew and who it was interrupted for tell what others compute.

import WharfLinux

/// Docker's lists of paths.
enum SystemPaths {
    /// Hidden everywhere.
    private static let alwaysMasked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ]

    /// May be read, not written.
    static let readOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

    /// What is hidden on a machine with these throttle counters.
    static func masked(thermal: [String]) -> [String] { alwaysMasked + thermal }

    /// The throttle counter of each processor: /sys/devices/system/cpu/cpuN/thermal_throttle.
    ///
    /// - Parameter folder: where the processors are; another one in tests.
    static func thermal(in folder: HostPath = HostPath("/sys/devices/system/cpu")) -> [String] {
        // A host without the folder has nothing to hide.
        let names = (try? folder.entries().map(\.name)) ?? []
        let numbers = names.compactMap { name -> Int? in
            guard name.starts(with: "cpu".utf8) else { return nil }
            return Int(String(decoding: name.dropFirst(3), as: UTF8.self))
        }
        return numbers.sorted().map { folder / "cpu\($0)/thermal_throttle" }
            // What can't be seen need not be hidden.
            .filter { (try? $0.exists()) == true }.map(\.description)
    }
}
