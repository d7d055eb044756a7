// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A record in the task's plain words: Docker's vocabulary ends here. Pure.

import WharfDockerAPI
import WharfError
import WharfLinux

extension TaskSpec {
    /// What the container's task may do and see.
    ///
    /// - Parameter joins: whose namespaces it shares now.
    /// - Throws: `invalidArgument` for security options of a record that nobody knows any more.
    init(_ record: ContainerRecord, directory: ContainerDirectory, joins: ContainerJoins = ContainerJoins()) throws(WharfError) {
        let host = record.hostConfig
        let security = try SecurityOptions(host.securityOpt ?? [])
        self.init(containerID: record.id, process: try TaskProcess(record))
        hostname = record.config.hostname
        domainname = record.config.domainname
        readOnlyRoot = host.readonlyRootfs
        resources = TaskResources(host.resources)
        cgroupParent = host.resources.cgroupParent
        networkNamespace = host.networkMode == "host" ? .host : .new
        pidNamespace = joins.pid.map { .path("/proc/\($0)/ns/pid") } ?? (host.pidMode == "host" ? .host : .new)
        ipcNamespace = joins.ipc.map { .path("/proc/\($0)/ns/ipc") } ?? (host.ipcMode == "host" ? .host : .new)
        switch host.ipcMode {
        case "host": sharedMemory = .host
        case "none": sharedMemory = .none
        default: if let donor = joins.ipc { sharedMemory = .joined(donor) }
        }
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
        seccomp = security.seccomp
        hasWritableCgroups = security.writableCgroups
        usesInit = host.initProcess ?? false
        maskedPaths = host.maskedPaths
        readOnlyPaths = host.readonlyPaths
        annotations = host.annotations ?? [:]
    }
}

extension TaskProcess {
    /// The container's own process.
    ///
    /// - Throws: as `SecurityOptions`.
    init(_ record: ContainerRecord) throws(WharfError) {
        let host = record.hostConfig
        self.init(arguments: [record.path] + record.arguments)
        environment = record.config.processEnvironment(terminal: record.config.tty)
        workingDirectory = record.config.workingDirectory
        user = record.config.user
        terminal = record.config.tty
        try inherit(host)
    }

    /// What init and execs have in common.
    mutating func inherit(_ host: HostConfig) throws(WharfError) {
        let security = try SecurityOptions(host.securityOpt ?? [])
        additionalGroups = host.groupAdd ?? []
        oomScoreAdjustment = host.oomScoreAdj
        privileged = host.privileged
        capabilitiesAdded = host.capAdd ?? []
        capabilitiesDropped = host.capDrop ?? []
        noNewPrivileges = security.noNewPrivileges
        appArmorProfile = security.appArmorProfile
        rlimits = (host.resources.ulimits ?? []).map {
            // -1 is "unlimited" on the command line: the kernel's largest number.
            TaskLimit(name: $0.name, soft: UInt64(bitPattern: $0.soft), hard: UInt64(bitPattern: $0.hard))
        }
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
        // 0 and below take a limit away.
        pids = resources.pidsLimit.map { $0 > 0 ? $0 : -1 }
        nanoCPUs = Self.limit(resources.nanoCPUs)
        cpuShares = resources.cpuShares > 0 ? UInt64(resources.cpuShares) : nil
        cpuQuota = resources.cpuQuota == 0 ? nil : resources.cpuQuota
        cpuPeriod = resources.cpuPeriod > 0 ? UInt64(resources.cpuPeriod) : nil
        realtimeRuntime = resources.cpuRealtimeRuntime == 0 ? nil : resources.cpuRealtimeRuntime
        realtimePeriod = resources.cpuRealtimePeriod > 0 ? UInt64(resources.cpuRealtimePeriod) : nil
        cpusetCPUs = resources.cpusetCpus
        cpusetMemories = resources.cpusetMems
        blockIOWeight = resources.blkioWeight > 0 ? resources.blkioWeight : nil
        blockIOWeights = resources.blkioWeightDevice?.map { TaskDeviceLimit(path: $0.path, value: UInt64($0.weight)) }
        readBytes = Self.limits(resources.blkioDeviceReadBps)
        writeBytes = Self.limits(resources.blkioDeviceWriteBps)
        readOperations = Self.limits(resources.blkioDeviceReadIOps)
        writeOperations = Self.limits(resources.blkioDeviceWriteIOps)
    }

    private static func limits(_ devices: [ThrottleDevice]?) -> [TaskDeviceLimit]? {
        devices?.map { TaskDeviceLimit(path: $0.path, value: $0.rate) }
    }

    private static func limit(_ value: Int64) -> Int64? { value > 0 ? value : nil }
}
