// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The options that run and create share: docker's names, letters and texts. A table; what they mean is in
// ContainerOptions.swift and HostOptions.swift.

/// Flags that describe a container: process, names, resources. Those of networks and storage follow in an extension.
enum ContainerFlags {
    static let attach = Flag.list("attach", "a", "Attach to STDIN, STDOUT or STDERR") { text throws(InvalidValue) in
        let name = text.lowercased()
        guard ["stdin", "stdout", "stderr"].contains(name) else {
            throw InvalidValue(reason: "valid streams are STDIN, STDOUT and STDERR")
        }
        return name
    }
    static let interactive = Flag.on("interactive", "i", "Keep STDIN open even if not attached")
    static let tty = Flag.on("tty", "t", "Allocate a pseudo-TTY")
    static let env = Flag.list("env", "e", "Set environment variables", check: EnvironmentFile.checkVariable)
    static let envFile = Flag.list("env-file", nil, "Read in a file of environment variables")
    static let user = Flag.text("user", "u", "Username or UID (format: <name|uid>[:<group|gid>])")
    static let workdir = Flag.text("workdir", "w", "Working directory inside the container")
    static let hostname = Flag.text("hostname", "h", "Container host name")
    static let domainname = Flag.text("domainname", nil, "Container NIS domain name")
    static let entrypoint = Flag.text("entrypoint", nil, "Overwrite the default ENTRYPOINT of the image")
    static let label = Flag.list("label", "l", "Set meta data on a container") { text throws(InvalidValue) in
        guard !text.hasPrefix("=") else { throw InvalidValue(reason: "invalid label '\(text)': empty name") }
        return text
    }
    static let labelFile = Flag.list("label-file", nil, "Read in a line delimited file of labels")
    static let name = Flag.text("name", nil, "Assign a name to the container")
    static let platform = Flag.text("platform", nil, "Set platform if server is multi-platform capable")
    static let cidfile = Flag.text("cidfile", nil, "Write the container ID to the file")
    static let stopSignal = Flag.text("stop-signal", nil, "Signal to stop the container")
    static let stopTimeout = Flag.int("stop-timeout", nil, "Timeout (in seconds) to stop a container")
    static let quiet = Flag.on("quiet", "q", "Suppress the pull output")
    static let remove = Flag.on(
        "rm", nil, "Automatically remove the container and its associated anonymous volumes when it exits")
    static let initProcess = Flag.on("init", nil, "Run an init inside the container that forwards signals and reaps processes")
    static let annotation = Flag.list(
        "annotation", nil, "Add an annotation to the container (passed through to the OCI runtime)", value: "map"
    ).showing("map[]")

    static let healthCommand = Flag.text("health-cmd", nil, "Command to run to check health")
    static let healthInterval = Flag.duration("health-interval", "Time between running the check (ms|s|m|h)")
    static let healthRetries = Flag.int("health-retries", nil, "Consecutive failures needed to report unhealthy")
    static let healthStartInterval = Flag.duration(
        "health-start-interval", "Time between running the check during the start period (ms|s|m|h)")
    static let healthStartPeriod = Flag.duration(
        "health-start-period", "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)")
    static let healthTimeout = Flag.duration("health-timeout", "Maximum time to allow one check to run (ms|s|m|h)")
    static let noHealthcheck = Flag.on("no-healthcheck", nil, "Disable any container-specified HEALTHCHECK")

    static let memory = Flag.bytes("memory", "m", "Memory limit")
    static let memorySwap = Flag.bytes(
        "memory-swap", nil, "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", allowingUnlimited: true)
    static let memoryReservation = Flag.bytes("memory-reservation", nil, "Memory soft limit")
    static let memorySwappiness = Flag.int("memory-swappiness", nil, "Tune container memory swappiness (0 to 100)", default: -1)
    static let kernelMemory = Flag.bytes("kernel-memory", nil, "Kernel memory limit").hidden
    static let pidsLimit = Flag.int("pids-limit", nil, "Tune container pids limit (set -1 for unlimited)")
    static let cpus = Flag.cpus("cpus", "Number of CPUs")
    static let cpuShares = Flag.int("cpu-shares", "c", "CPU shares (relative weight)")
    static let cpuPeriod = Flag.int("cpu-period", nil, "Limit CPU CFS (Completely Fair Scheduler) period")
    static let cpuQuota = Flag.int("cpu-quota", nil, "Limit CPU CFS (Completely Fair Scheduler) quota")
    static let cpuRealtimePeriod = Flag.int("cpu-rt-period", nil, "Limit CPU real-time period in microseconds")
    static let cpuRealtimeRuntime = Flag.int("cpu-rt-runtime", nil, "Limit CPU real-time runtime in microseconds")
    static let cpusetCpus = Flag.text("cpuset-cpus", nil, "CPUs in which to allow execution (0-3, 0,1)")
    static let cpusetMems = Flag.text("cpuset-mems", nil, "MEMs in which to allow execution (0-3, 0,1)")
    static let blkioWeight = Flag.int(
        "blkio-weight", nil, "Block IO (relative weight), between 10 and 1000, or 0 to disable", value: "uint16"
    ).showing("0")
    static let blkioWeightDevice = Flag.parsed("blkio-weight-device", "Block IO weight (relative device weight)", DeviceSpecs.weight)
        .showing("[]")
    static let deviceReadBps = Flag.parsed("device-read-bps", "Limit read rate (bytes per second) from a device", DeviceSpecs.bytesRate)
        .showing("[]")
    static let deviceWriteBps = Flag.parsed("device-write-bps", "Limit write rate (bytes per second) to a device", DeviceSpecs.bytesRate)
        .showing("[]")
    static let deviceReadIOps = Flag.parsed("device-read-iops", "Limit read rate (IO per second) from a device", DeviceSpecs.operationsRate)
        .showing("[]")
    static let deviceWriteIOps = Flag.parsed(
        "device-write-iops", "Limit write rate (IO per second) to a device", DeviceSpecs.operationsRate
    )
    .showing("[]")
    static let oomKillDisable = Flag.on("oom-kill-disable", nil, "Disable OOM Killer")
    static let oomScoreAdj = Flag.int("oom-score-adj", nil, "Tune host's OOM preferences (-1000 to 1000)")
    static let shmSize = Flag.bytes("shm-size", nil, "Size of /dev/shm")
    static let ulimit = Flag.parsed("ulimit", "Ulimit options", value: "ulimit", DeviceSpecs.ulimit).showing("[]")
    static let sysctl = Flag.list("sysctl", nil, "Sysctl options", value: "map", check: HostOptions.checkSysctl).showing("map[]")
    static let cgroupParent = Flag.text("cgroup-parent", nil, "Optional parent cgroup for the container")
    static let restart = Flag.text("restart", nil, "Restart policy to apply when a container exits", default: "no")
    static let runtime = Flag.text("runtime", nil, "Runtime to use for this container")

    /// Options that only Windows containers have; taken and passed on.
    static let cpuCount = Flag.int("cpu-count", nil, "CPU count (Windows only)").hidden
    static let cpuPercent = Flag.int("cpu-percent", nil, "CPU percent (Windows only)").hidden
    static let ioMaximumBandwidth = Flag.bytes("io-maxbandwidth", nil, "Maximum IO bandwidth limit (Windows only)").hidden
    static let ioMaximumIOps = Flag.int("io-maxiops", nil, "Maximum IOps limit (Windows only)").hidden
    static let isolation = Flag.text("isolation", nil, "Container isolation technology").hidden
    /// Content trust is not part of the product; the switch is taken so that scripts go on working.
    static let disableContentTrust = Flag.on("disable-content-trust", nil, "Skip image verification", default: true).hidden

    /// All flags of this file.
    static let process: [any AnyFlag] = [
        attach, interactive, tty, env, envFile, user, workdir, hostname, domainname, entrypoint, label, labelFile, name, platform, cidfile,
        stopSignal, stopTimeout, quiet, remove, initProcess, annotation, healthCommand, healthInterval, healthRetries,
        healthStartInterval, healthStartPeriod, healthTimeout, noHealthcheck, memory, memorySwap, memoryReservation, memorySwappiness,
        kernelMemory, pidsLimit, cpus, cpuShares, cpuPeriod, cpuQuota, cpuRealtimePeriod, cpuRealtimeRuntime, cpusetCpus, cpusetMems,
        blkioWeight, blkioWeightDevice, deviceReadBps, deviceWriteBps, deviceReadIOps, deviceWriteIOps, oomKillDisable, oomScoreAdj,
        shmSize, ulimit, sysctl, cgroupParent, restart, runtime, cpuCount, cpuPercent, ioMaximumBandwidth, ioMaximumIOps, isolation,
        disableContentTrust, Flag.on("help", nil, "Print usage"),
    ]
}
