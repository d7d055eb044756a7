// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The members of config.json in the published JSON schema of the OCI runtime specification, for Linux: the object, and what
// it may hold. Lists and the objects in them go by the list's name. docs/conformance.md says what becomes of each.

/// The published members.
enum RuntimeSpecMembers {
    static let table: [(object: String, members: String)] = [
        ("", "ociVersion hooks annotations hostname domainname mounts root process linux"),
        ("hooks", "prestart createRuntime createContainer startContainer poststart poststop"),
        ("hooks.prestart", "path args env timeout"),
        ("hooks.createRuntime", "path args env timeout"),
        ("hooks.createContainer", "path args env timeout"),
        ("hooks.startContainer", "path args env timeout"),
        ("hooks.poststart", "path args env timeout"),
        ("hooks.poststop", "path args env timeout"),
        ("mounts", "source destination options type uidMappings gidMappings"),
        ("mounts.uidMappings", "containerID hostID size"),
        ("mounts.gidMappings", "containerID hostID size"),
        ("root", "path readonly"),
        ("process", "args commandLine consoleSize cwd env terminal user capabilities apparmorProfile oomScoreAdj selinuxLabel"),
        ("process", "ioPriority noNewPrivileges scheduler rlimits execCPUAffinity"),
        ("process.consoleSize", "height width"),
        ("process.user", "uid gid umask additionalGids username"),
        ("process.capabilities", "bounding permitted effective inheritable ambient"),
        ("process.ioPriority", "class priority"),
        ("process.scheduler", "policy nice priority flags runtime deadline period"),
        ("process.rlimits", "hard soft type"),
        ("process.execCPUAffinity", "initial final"),
        ("linux", "devices netDevices uidMappings gidMappings namespaces resources cgroupsPath rootfsPropagation seccomp sysctl"),
        ("linux", "maskedPaths readonlyPaths mountLabel intelRdt memoryPolicy personality timeOffsets"),
        ("linux.devices", "type path fileMode major minor uid gid"),
        ("linux.uidMappings", "containerID hostID size"),
        ("linux.gidMappings", "containerID hostID size"),
        ("linux.namespaces", "type path"),
        ("linux.resources", "unified devices pids blockIO cpu hugepageLimits memory network rdma"),
        ("linux.resources.devices", "allow type major minor access"),
        ("linux.resources.pids", "limit"),
        ("linux.resources.blockIO", "weight leafWeight throttleReadBpsDevice throttleWriteBpsDevice throttleReadIOPSDevice"),
        ("linux.resources.blockIO", "throttleWriteIOPSDevice weightDevice"),
        ("linux.resources.blockIO.throttleReadBpsDevice", "major minor rate"),
        ("linux.resources.blockIO.throttleWriteBpsDevice", "major minor rate"),
        ("linux.resources.blockIO.throttleReadIOPSDevice", "major minor rate"),
        ("linux.resources.blockIO.throttleWriteIOPSDevice", "major minor rate"),
        ("linux.resources.blockIO.weightDevice", "major minor weight leafWeight"),
        ("linux.resources.cpu", "cpus mems period quota burst realtimePeriod realtimeRuntime shares idle"),
        ("linux.resources.hugepageLimits", "pageSize limit"),
        ("linux.resources.memory", "kernel kernelTCP limit reservation swap swappiness disableOOMKiller useHierarchy checkBeforeUpdate"),
        ("linux.resources.network", "classID priorities"),
        ("linux.resources.network.priorities", "name priority"),
        ("linux.seccomp", "defaultAction defaultErrnoRet flags listenerPath listenerMetadata architectures syscalls"),
        ("linux.seccomp.syscalls", "names action errnoRet args"),
        ("linux.seccomp.syscalls.args", "index value valueTwo op"),
        ("linux.intelRdt", "closID schemata l3CacheSchema memBwSchema enableMonitoring"),
        ("linux.memoryPolicy", "mode nodes flags"),
        ("linux.personality", "domain flags"),
        ("linux.timeOffsets", "boottime monotonic"),
        ("linux.timeOffsets.boottime", "secs nanosecs"),
        ("linux.timeOffsets.monotonic", "secs nanosecs"),
    ]

    /// `process.user.uid`, every one of them.
    static let paths: [String] = table.flatMap { object, members in
        members.split(separator: " ").map { object.isEmpty ? String($0) : "\(object).\($0)" }
    }
}
