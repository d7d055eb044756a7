// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From the options of run and create to the body of a create request: the half that depends on the host.

import WharfDockerAPI
import WharfJSON

/// Builds host configurations. Lists that are not given stay empty, as docker's client sends them.
enum HostOptions {
    static func hostConfig(_ call: Invocation) throws -> HostConfig {
        var host = HostConfig()
        host.containerIDFile = call[ContainerFlags.cidfile]
        host.autoRemove = call[ContainerFlags.remove]
        host.restartPolicy = try restartPolicy(call[ContainerFlags.restart])
        if host.autoRemove, !["", "no"].contains(host.restartPolicy.name) {
            throw ExitError("conflicting options: cannot specify both --restart and --rm")
        }
        host.logConfig = try logConfig(call)
        host.annotations = nonEmpty(EnvironmentFile.map(call[ContainerFlags.annotation]))
        host.publishAllPorts = call[ContainerFlags.publishAll]
        storage(call, &host)
        try namespaces(call, &host)
        try security(call, &host)
        host.resources = try resources(call)
        return host
    }

    private static let namespacedSysctls: Set<String> = [
        "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ]

    /// Only settings that belong to a namespace may be changed.
    static let checkSysctl: @Sendable (String) throws(InvalidValue) -> String = { text throws(InvalidValue) in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, namespacedSysctls.contains(parts[0]) || parts[0].hasPrefix("net.") || parts[0].hasPrefix("fs.mqueue.")
        else { throw InvalidValue(reason: "sysctl '\(text)' is not allowed") }
        return text
    }

    private static func storage(_ call: Invocation, _ host: inout HostConfig) {
        host.binds = nonEmpty(VolumeSpec.sort(call[ContainerFlags.volume]).binds)
        host.mounts = nonEmpty(call[ContainerFlags.mount])
        host.volumesFrom = nonEmpty(call[ContainerFlags.volumesFrom])
        host.volumeDriver = call[ContainerFlags.volumeDriver]
        host.storageOpt = nonEmpty(EnvironmentFile.map(call[ContainerFlags.storageOption]))
        host.readonlyRootfs = call[ContainerFlags.readOnly]
        host.shmSize = call[ContainerFlags.shmSize]
        var tmpfs: [String: String] = [:]
        for spec in call[ContainerFlags.tmpfs] {
            let parts = spec.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            tmpfs[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        host.tmpfs = nonEmpty(tmpfs)
    }

    private static func namespaces(_ call: Invocation, _ host: inout HostConfig) throws {
        let modes: [(Flag<String>, String)] = [
            (ContainerFlags.pid, "PID"), (ContainerFlags.uts, "UTS"), (ContainerFlags.userns, "USER"), (ContainerFlags.cgroupns, "CGROUP"),
        ]
        for (flag, name) in modes {
            let mode = call[flag]
            let isKnown =
                ["", "host"].contains(mode) || (flag.name == "pid" && mode.hasPrefix("container:") && mode.count > 10)
                || (flag.name == "cgroupns" && mode == "private")
            guard isKnown else { throw ExitError("--\(flag.name): invalid \(name) mode") }
        }
        host.pidMode = call[ContainerFlags.pid]
        host.utsMode = call[ContainerFlags.uts]
        host.usernsMode = call[ContainerFlags.userns]
        host.cgroupnsMode = call[ContainerFlags.cgroupns]
        host.ipcMode = call[ContainerFlags.ipc]
        host.isolation = call[ContainerFlags.isolation]
        host.runtime = call[ContainerFlags.runtime]
        host.dns = call[ContainerFlags.dns]
        host.dnsOptions = call[ContainerFlags.dnsOption]
        host.dnsSearch = call[ContainerFlags.dnsSearch]
        host.extraHosts = nonEmpty(call[ContainerFlags.addHost])
        host.links = nonEmpty(call[ContainerFlags.link])
        host.sysctls = nonEmpty(EnvironmentFile.map(call[ContainerFlags.sysctl]))
        if call.isSet(ContainerFlags.initProcess) { host.initProcess = call[ContainerFlags.initProcess] }
    }

    private static func security(_ call: Invocation, _ host: inout HostConfig) throws {
        host.privileged = call[ContainerFlags.privileged]
        host.capAdd = nonEmpty(call[ContainerFlags.capAdd].map(capability).sorted())
        host.capDrop = nonEmpty(call[ContainerFlags.capDrop].map(capability).sorted())
        host.groupAdd = nonEmpty(call[ContainerFlags.groupAdd])
        host.oomScoreAdj = Int(call[ContainerFlags.oomScoreAdj])
        var options: [String] = []
        for option in call[ContainerFlags.securityOption] {
            if option == "systempaths=unconfined" {
                host.maskedPaths = []
                host.readonlyPaths = []
            } else {
                options.append(try securityOption(option))
            }
        }
        host.securityOpt = nonEmpty(options)
    }

    /// `sys_admin` as `CAP_SYS_ADMIN`; `ALL` stays.
    private static func capability(_ name: String) -> String {
        let upper = name.uppercased()
        return upper == "ALL" || upper.hasPrefix("CAP_") ? upper : "CAP_\(upper)"
    }

    /// A seccomp profile is a file of the client's machine: the daemon gets its content.
    private static func securityOption(_ option: String) throws -> String {
        let separator: Character = option.contains("=") ? "=" : ":"
        let parts = option.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[1].isEmpty || parts[0] == "no-new-privileges" else {
            guard option == "no-new-privileges" else { throw ExitError("invalid --security-opt: \(quoted(option))") }
            return option
        }
        guard parts[0] == "seccomp", parts[1] != "unconfined", parts[1] != "builtin" else { return option }
        let text: [UInt8]
        do { text = try LocalFile.read(parts[1], limit: 4 << 20) } catch {
            throw ExitError("opening seccomp profile (\(parts[1])) failed: \(error)")
        }
        guard let profile = try? JSON.parse(text) else {  // The reason would be about bytes; the name of the file is what helps.
            throw ExitError("compacting json for seccomp profile (\(parts[1])) failed: invalid JSON")
        }
        return "seccomp=\(JSONText.compact(profile))"
    }

    /// `always`, `on-failure:5`
    static func restartPolicy(_ text: String) throws -> RestartPolicy {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return RestartPolicy(name: text) }
        guard !parts[0].isEmpty else { throw ExitError("invalid restart policy format: no policy provided before colon") }
        guard parts[1].isEmpty || Int(parts[1]) != nil else {
            throw ExitError("invalid restart policy format: maximum retry count must be an integer")
        }
        return RestartPolicy(name: parts[0], maximumRetryCount: Int(parts[1]) ?? 0)
    }

    private static func logConfig(_ call: Invocation) throws -> LogConfig {
        let driver = call[ContainerFlags.logDriver]
        let options = EnvironmentFile.map(call[ContainerFlags.logOption])
        if driver == "none", !options.isEmpty { throw ExitError("invalid logging opts for driver none") }
        return LogConfig(type: driver, config: options)
    }

    private static func resources(_ call: Invocation) throws -> ContainerResources {
        var resources = ContainerResources()
        resources.cpuShares = call[ContainerFlags.cpuShares]
        resources.memory = call[ContainerFlags.memory]
        resources.nanoCPUs = call[ContainerFlags.cpus]
        resources.cgroupParent = call[ContainerFlags.cgroupParent]
        resources.cpuPeriod = call[ContainerFlags.cpuPeriod]
        resources.cpuQuota = call[ContainerFlags.cpuQuota]
        resources.cpuRealtimePeriod = call[ContainerFlags.cpuRealtimePeriod]
        resources.cpuRealtimeRuntime = call[ContainerFlags.cpuRealtimeRuntime]
        resources.cpusetCpus = call[ContainerFlags.cpusetCpus]
        resources.cpusetMems = call[ContainerFlags.cpusetMems]
        resources.memoryReservation = call[ContainerFlags.memoryReservation]
        resources.memorySwap = call[ContainerFlags.memorySwap]
        let swappiness = call[ContainerFlags.memorySwappiness]
        guard (-1...100).contains(swappiness) else {
            throw ExitError("invalid value: \(swappiness). Valid memory swappiness range is 0-100")
        }
        resources.memorySwappiness = swappiness
        resources.oomKillDisable = call[ContainerFlags.oomKillDisable]
        resources.pidsLimit = call[ContainerFlags.pidsLimit]
        resources.ulimits = call[ContainerFlags.ulimit].sorted { $0.name < $1.name }
        resources.cpuCount = call[ContainerFlags.cpuCount]
        resources.cpuPercent = call[ContainerFlags.cpuPercent]
        resources.ioMaximumBandwidth = UInt64(max(0, call[ContainerFlags.ioMaximumBandwidth]))
        resources.ioMaximumIOps = UInt64(max(0, call[ContainerFlags.ioMaximumIOps]))
        devices(call, &resources)
        return resources
    }

    private static func devices(_ call: Invocation, _ resources: inout ContainerResources) {
        resources.blkioWeight = UInt16(clamping: call[ContainerFlags.blkioWeight])
        resources.blkioWeightDevice = call[ContainerFlags.blkioWeightDevice]
        resources.blkioDeviceReadBps = call[ContainerFlags.deviceReadBps]
        resources.blkioDeviceWriteBps = call[ContainerFlags.deviceWriteBps]
        resources.blkioDeviceReadIOps = call[ContainerFlags.deviceReadIOps]
        resources.blkioDeviceWriteIOps = call[ContainerFlags.deviceWriteIOps]
        resources.devices = call[ContainerFlags.device]
        resources.deviceCgroupRules = nonEmpty(call[ContainerFlags.deviceCgroupRule])
        resources.deviceRequests = nonEmpty(call[ContainerFlags.gpus])
    }

    private static func nonEmpty<Values: Collection>(_ values: Values) -> Values? { values.isEmpty ? nil : values }
}
