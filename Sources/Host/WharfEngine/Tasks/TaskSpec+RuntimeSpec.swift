// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From plain values to the bundle's config.json: Docker's defaults (moby, daemon/pkg/oci/defaults.go and oci_linux.go) with
// what the user asked for on top. Reads the host only for device numbers.

import Glibc
import WharfLinux
import WharfOCI

/// What the host contributes to every specification; read once at start.
struct TaskHost: Sendable {
    /// cgroup v2 only: then a container has a cgroup namespace of its own.
    let hasUnifiedCgroups: Bool
    /// Major and minor of the kernel, for profiles that depend on it.
    let kernel: (Int, Int)
    /// /sys/devices/system/cpu/cpuN/thermal_throttle of each processor: how often it was hot tells what others compute.
    let thermalPaths: [String]

    init(hasUnifiedCgroups: Bool, kernel: (Int, Int) = (6, 1), thermalPaths: [String] = []) {
        self.hasUnifiedCgroups = hasUnifiedCgroups
        self.kernel = kernel
        self.thermalPaths = thermalPaths
    }

    private static func kernelVersion() -> (Int, Int) {
        var names = utsname()
        guard uname(&names) == 0 else { return (0, 0) }
        return withUnsafeBytes(of: names.release) { SeccompProfile.version(String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)) }
    }

    /// Looks at this host.
    static func current(hasUnifiedCgroups: Bool) -> TaskHost {
        let processors = HostPath("/sys/devices/system/cpu")
        // A host without the folder has nothing to mask.
        let names = (try? processors.entries().map(\.name)) ?? []
        let paths = names.compactMap { name -> String? in
            guard name.starts(with: "cpu".utf8), name.dropFirst(3).allSatisfy({ (0x30...0x39).contains($0) }), name.count > 3 else {
                return nil
            }
            let path = processors / name / "thermal_throttle"
            // What can't be seen need not be masked.
            return (try? path.exists()) == true ? path.description : nil
        }
        return TaskHost(hasUnifiedCgroups: hasUnifiedCgroups, kernel: kernelVersion(), thermalPaths: paths.sorted())
    }
}

extension TaskSpec {
    /// Where a later daemon finds the exit record of a shim that is gone.
    static let exitAnnotation = "io.wharf.exit"

    /// The specification of the bundle. - Throws: `TaskFailure` with the step `spec` for an unknown capability or device.
    func runtimeSpec(on host: TaskHost, exitPath: String = "") throws -> RuntimeSpec {
        let hostDevices = process.privileged ? try TaskDevices.all() : try TaskDevices.resolve(devices)
        var annotations = annotations
        annotations[Self.exitAnnotation] = exitPath
        let runtimeProcess = try process.runtimeProcess()
        return RuntimeSpec(
            root: .init(readonly: readOnlyRoot), process: runtimeProcess, hostname: utsNamespace == .new ? hostname : "",
            domainname: utsNamespace == .new ? domainname : "",
            mounts: runtimeMounts(), annotations: annotations,
            linux: .init(
                namespaces: namespaces(on: host), devices: hostDevices.map(\.node), cgroupsPath: cgroupPath,
                resources: try runtimeResources(hostDevices), sysctl: sysctls,
                rootfsPropagation: mounts.contains {
                    $0.propagation.utf8.elementsEqual("rshared".utf8) || $0.propagation.utf8.elementsEqual("shared".utf8)
                }
                    ? "shared" : "private",
                maskedPaths: masked(on: host), readonlyPaths: readonly, seccomp: try filter(for: runtimeProcess, on: host)))
    }

    private func namespaces(on host: TaskHost) -> [RuntimeSpec.Namespace] {
        let cgroup = cgroupNamespace ?? (host.hasUnifiedCgroups && !process.privileged ? .new : .host)
        let choices: [(String, TaskNamespace)] = [
            ("mount", .new), ("network", networkNamespace), ("uts", utsNamespace), ("pid", pidNamespace), ("ipc", ipcNamespace),
            ("cgroup", cgroup),
        ]
        return choices.compactMap { type, choice in
            switch choice {
            case .new: RuntimeSpec.Namespace(type)
            case .path(let path): RuntimeSpec.Namespace(type, path: path)
            case .host: nil
            }
        }
    }

    private func masked(on host: TaskHost) -> [String] {
        if let maskedPaths { return maskedPaths }
        return process.privileged ? [] : Self.defaultMasked + host.thermalPaths
    }

    private var readonly: [String] {
        if let readOnlyPaths { return readOnlyPaths }
        return process.privileged ? [] : ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
    }

    private static let defaultMasked = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/scsi", "/proc/timer_list", "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware",
    ]

    private func runtimeResources(_ hostDevices: [TaskDevices.Resolved]) throws -> RuntimeSpec.Resources {
        var period = resources.cpuPeriod
        var quota = resources.cpuQuota
        if let nano = resources.nanoCPUs, nano > 0 {
            // moby: a period of 100 ms. Divided first: the product could overflow.
            let (whole, rest) = nano.quotientAndRemainder(dividingBy: 1_000_000_000)
            period = 100_000
            quota = whole.multipliedReportingOverflow(by: 100_000).overflow ? nil : whole * 100_000 + rest / 10_000
        }
        let memory = resources.memory.flatMap { $0 > 0 ? $0 : nil }
        let swap = resources.memorySwap ?? memory.map { $0.multipliedReportingOverflow(by: 2).overflow ? -1 : $0 * 2 }
        return .init(
            devices: try process.privileged
                ? [.init(allow: true)] : TaskDevices.defaultRules + hostDevices.map(\.rule) + deviceRules.map { try TaskDevices.rule($0) },
            memory: .init(
                limit: memory, reservation: resources.memoryReservation.flatMap { $0 > 0 ? $0 : nil }, swap: swap,
                swappiness: resources.memorySwappiness, disableOOMKiller: resources.oomKillDisabled),
            cpu: .init(
                shares: resources.cpuShares.flatMap { $0 > 0 ? $0 : nil }, quota: quota.flatMap { $0 != 0 ? $0 : nil },
                period: period.flatMap { $0 > 0 ? $0 : nil }, cpus: resources.cpusetCPUs, mems: resources.cpusetMemories),
            pids: .init(limit: resources.pids.flatMap { $0 > 0 ? $0 : nil }),
            blockIO: .init(weight: resources.blockIOWeight.flatMap { $0 > 0 ? $0 : nil }))
    }
}

extension TaskProcess {
    /// The OCI process object. - Throws: `TaskFailure` with the step `spec` for an unknown capability.
    func runtimeProcess() throws(TaskFailure) -> RuntimeSpec.Process {
        // Also without a name: root's line in the image's files says which groups it has.
        .init(
            terminal: terminal, user: .init(username: user.isEmpty ? "0" : user, additionalGroups: additionalGroups), args: arguments,
            env: environment,
            cwd: workingDirectory.isEmpty ? "/" : workingDirectory, capabilities: .init(try capabilityNames()),
            rlimits: rlimits.map { .init(type: "RLIMIT_\($0.name.uppercased())", hard: $0.hard, soft: $0.soft) },
            noNewPrivileges: noNewPrivileges, oomScoreAdj: oomScoreAdjustment)
    }

    /// Docker's rule (moby, daemon/pkg/oci/caps/utils.go): privileged has all; adding ALL keeps all but the dropped ones;
    /// dropping ALL keeps only the added ones; else the defaults without the dropped and with the added ones.
    ///
    /// - Throws: `TaskFailure` with the step `spec` and Docker's text for an unknown name.
    public func capabilityNames() throws(TaskFailure) -> [String] {
        let all = Capability.allCases.map(\.name)
        if privileged { return all }
        let added = try Self.normalized(capabilitiesAdded)
        let dropped = try Self.normalized(capabilitiesDropped)
        if added.contains("ALL") { return all.filter { !dropped.contains($0) } }
        var names = dropped.contains("ALL") ? [] : Capability.containerDefaults.map(\.name).filter { !dropped.contains($0) }
        for name in added where !names.contains(name) { names.append(name) }
        return names
    }

    private static func normalized(_ names: [String]) throws(TaskFailure) -> [String] {
        var result: [String] = []
        for name in names {
            let upper = name.uppercased()
            if upper == "ALL" {
                result.append(upper)
                continue
            }
            let full = upper.utf8.starts(with: "CAP_".utf8) ? upper : "CAP_\(upper)"
            guard Capability(name: full) != nil else {
                throw TaskFailure(step: "spec", errno: EINVAL, text: "invalid capability: \"\(name)\"")
            }
            result.append(full)
        }
        return result
    }
}
