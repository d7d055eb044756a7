// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A record in the task's plain words: Docker's vocabulary ends here. Pure.

import WharfDockerAPI
import WharfError
import WharfLinux

extension TaskSpec {
    /// What the container's task may do and see.
    init(_ record: ContainerRecord, directory: ContainerDirectory) {
        let host = record.hostConfig
        self.init(containerID: record.id, process: TaskProcess(record))
        hostname = record.config.hostname
        domainname = record.config.domainname
        readOnlyRoot = host.readonlyRootfs
        resources = TaskResources(host.resources)
        cgroupParent = host.resources.cgroupParent
        networkNamespace = host.networkMode == "host" ? .host : .new
        pidNamespace = host.pidMode == "host" ? .host : .new
        ipcNamespace = host.ipcMode == "host" ? .host : .new
        utsNamespace = host.utsMode == "host" || host.networkMode == "host" && record.config.hostname.isEmpty ? .host : .new
        cgroupNamespace = host.cgroupnsMode == "private" ? .new : .host
        mounts = record.mounts.map(TaskMount.init)
        hostsPath = directory.hosts(record.id).description
        hostnamePath = directory.hostname(record.id).description
        resolvConfPath = directory.resolvConf(record.id).description
        sharedMemorySize = host.shmSize
        devices = (host.resources.devices ?? []).map {
            TaskDevice(
                hostPath: $0.pathOnHost, containerPath: $0.pathInContainer.isEmpty ? $0.pathOnHost : $0.pathInContainer,
                access: $0.cgroupPermissions.isEmpty ? "rwm" : $0.cgroupPermissions)
        }
        deviceRules = host.resources.deviceCgroupRules ?? []
        sysctls = host.sysctls ?? [:]
        // The last one counts.
        seccomp = (host.securityOpt ?? []).compactMap(TaskSeccomp.init(securityOption:)).last ?? .standard
        maskedPaths = host.maskedPaths
        readOnlyPaths = host.readonlyPaths
        annotations = host.annotations ?? [:]
    }
}

extension TaskProcess {
    /// The container's own process.
    init(_ record: ContainerRecord) {
        let host = record.hostConfig
        self.init(arguments: [record.path] + record.arguments)
        environment = record.config.processEnvironment(terminal: record.config.tty)
        workingDirectory = record.config.workingDirectory
        user = record.config.user
        terminal = record.config.tty
        oomScoreAdjustment = host.oomScoreAdj == 0 ? nil : host.oomScoreAdj
        inherit(host)
    }

    /// What init and execs have in common.
    mutating func inherit(_ host: HostConfig) {
        additionalGroups = host.groupAdd ?? []
        privileged = host.privileged
        capabilitiesAdded = host.capAdd ?? []
        capabilitiesDropped = host.capDrop ?? []
        noNewPrivileges = (host.securityOpt ?? []).contains {
            ["no-new-privileges", "no-new-privileges=true", "no-new-privileges:true"].contains($0)
        }
        rlimits = (host.resources.ulimits ?? []).map {
            // -1 is "unlimited" on the command line: the kernel's largest number.
            TaskLimit(name: $0.name, soft: UInt64(bitPattern: $0.soft), hard: UInt64(bitPattern: $0.hard))
        }
    }
}

extension TaskSeccomp {
    /// What a `--security-opt` says of the filter; nil when it is about something else. Docker's both separators count.
    init?(securityOption option: String) {
        let bytes = option.utf8
        guard bytes.starts(with: "seccomp=".utf8) || bytes.starts(with: "seccomp:".utf8) else { return nil }
        let value = String(option.dropFirst(8))
        self = value == "unconfined" ? .unconfined : value == "builtin" ? .standard : .profile(value)
    }
}

extension TaskMount {
    init(_ mount: ContainerMount) {
        switch mount.kind {
        case .bind:
            self.init(
                .bind(mount.source), at: mount.destination, readOnly: mount.isReadOnly, propagation: mount.propagation,
                options: mount.isNonRecursive ? ["bind"] : ["rbind"])
        case .tmpfs:
            self.init(
                .tmpfs, at: mount.destination, readOnly: mount.isReadOnly, options: mount.options.filter { $0 != "ro" && $0 != "defaults" })
        }
    }
}

extension TaskResources {
    init(_ resources: ContainerResources) {
        self.init()
        memory = Self.limit(resources.memory)
        memorySwap = resources.memorySwap == 0 ? nil : resources.memorySwap
        memoryReservation = Self.limit(resources.memoryReservation)
        memorySwappiness = resources.memorySwappiness.flatMap { $0 >= 0 ? UInt64($0) : nil }
        oomKillDisabled = resources.oomKillDisable ?? false
        pids = resources.pidsLimit.flatMap { $0 > 0 ? $0 : nil }
        nanoCPUs = Self.limit(resources.nanoCPUs)
        cpuShares = resources.cpuShares > 0 ? UInt64(resources.cpuShares) : nil
        cpuQuota = resources.cpuQuota == 0 ? nil : resources.cpuQuota
        cpuPeriod = resources.cpuPeriod > 0 ? UInt64(resources.cpuPeriod) : nil
        cpusetCPUs = resources.cpusetCpus
        cpusetMemories = resources.cpusetMems
        blockIOWeight = resources.blkioWeight > 0 ? resources.blkioWeight : nil
    }

    private static func limit(_ value: Int64) -> Int64? { value > 0 ? value : nil }
}
