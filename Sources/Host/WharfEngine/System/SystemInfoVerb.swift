// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /info`.

import WharfBlocking
public import WharfDockerAPI
import WharfJSON
import WharfLinux
import WharfMetadata

extension HostSystem {
    /// The daemon, its host and what it holds.
    public func info() async throws -> SystemInfo {
        let host = containers.host
        var info = SystemInfo()
        info.id = identity.id
        let counts = containers.counts()
        info.containersRunning = counts.running
        info.containersPaused = counts.paused
        info.containersStopped = counts.stopped
        info.containers = counts.running + counts.paused + counts.stopped
        info.images = images.count()
        info.driver = containers.images.driver
        info.driverStatus = [["Backing Filesystem", try await backingFileSystem()], ["Supports d_type", "true"], ["userxattr", "false"]]
        info.plugins = PluginsInfo(volume: ["local"], network: ["host", "null"], authorization: nil, log: LogDrivers.names)
        info.memoryLimit = host.cgroups.hasMemory
        info.swapLimit = host.cgroups.hasSwap
        info.cpuCfsPeriod = host.cgroups.hasCPU
        info.cpuCfsQuota = host.cgroups.hasCPU
        info.cpuShares = host.cgroups.hasCPUShares
        info.cpuSet = host.cgroups.hasCpuset
        info.pidsLimit = host.cgroups.hasPids
        info.oomKillDisable = host.cgroups.hasOOMKillDisable
        info.ipv4Forwarding = host.forwardsIPv4
        info.fileDescriptors = try await containers.blocking.own { try HostPath("/proc/self/fd").entries().count }
        info.systemTime = .now()
        info.loggingDriver = containers.logDefaults.type
        info.cgroupDriver = "cgroupfs"
        info.cgroupVersion = host.cgroups.isUnified ? "2" : "1"
        info.eventsListeners = events.listenerCount
        info.kernelVersion = host.kernelVersion
        info.operatingSystem = host.operatingSystem
        info.osVersion = host.osVersion
        info.osType = "linux"
        info.architecture = host.machine
        info.indexServerAddress = "https://index.docker.io/v1/"
        info.registryConfig = Self.registries
        info.cpus = host.processors
        info.memoryTotal = host.memory
        info.rootDirectory = identity.root
        info.name = host.hostname
        info.serverVersion = identity.version
        info.runtimes = containers.runtimes.others.mapValues { RuntimeInfo(path: $0.path, runtimeArgs: $0.arguments) }
        info.runtimes[RuntimeTable.builtIn] = RuntimeInfo(path: identity.runtimePath)
        info.defaultRuntime = containers.runtimes.defaultName
        info.liveRestoreEnabled = containers.outliveDaemon
        info.runcCommit = ToolCommit(id: identity.commit)
        info.securityOptions = ["name=seccomp,profile=builtin"] + (host.cgroups.isUnified ? ["name=cgroupns"] : [])
        info.warnings = try await warnings(host)
        return info
    }

    /// What the root directory lies on, in Docker's words.
    private func backingFileSystem() async throws -> String {
        let magic = try await containers.blocking.own { [identity] in try HostPath(identity.root).open(.handle).fileSystemMagic() }
        return switch magic {
        case 0xEF53: "extfs"
        case 0x5846_5342: "xfs"
        case 0x9123_683E: "btrfs"
        case 0x2FC1_2FC1: "zfs"
        case FileSystemMagic.tmpfs: "tmpfs"
        case FileSystemMagic.overlay: "overlayfs"
        default: "<unknown>"
        }
    }

    private static let registries = RegistryServiceConfig(
        insecureRegistryCIDRs: ["::1/128", "127.0.0.0/8"],
        indexConfigs: ["docker.io": IndexInfo(name: "docker.io", mirrors: [], secure: true, official: true)])

    /// What the kernel lacks, and what this daemon could not read.
    private func warnings(_ host: HostFacts) async throws -> [String] {
        var all = warnings
        if !host.cgroups.hasMemory { all.append("WARNING: No memory limit support") }
        if !host.cgroups.hasSwap { all.append("WARNING: No swap limit support") }
        if !host.cgroups.hasCPU { all.append("WARNING: No cpu cfs quota support") }
        if !host.cgroups.hasCpuset { all.append("WARNING: No cpuset support") }
        if !host.cgroups.hasPids { all.append("WARNING: No pids limit support") }
        if !host.forwardsIPv4 { all.append("WARNING: IPv4 forwarding is disabled") }
        let aside = try await containers.blocking.own { [store] in try store.setAsideRows() }
        all += aside.prefix(20).map { "WARNING: a \($0.kind) record could not be read and was set aside: \($0.id): \($0.reason)" }
        return all
    }
}
