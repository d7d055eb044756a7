// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What dockerd fills in at create: the image's defaults below the user's Config, the daemon's below HostConfig. Pure.
// The rules are moby's (container merge of 28): inspect shows their result, and people rely on it.

import WharfDockerAPI
import WharfError
import WharfOCI

extension ContainerConfig {
    /// Puts the image's defaults below what the user said.
    func merged(over image: ContainerDefaults) -> ContainerConfig {
        var config = self
        if config.user.isEmpty { config.user = image.user }
        if config.workingDirectory.isEmpty { config.workingDirectory = image.workingDirectory }
        if config.stopSignal.isEmpty { config.stopSignal = image.stopSignal }
        if config.stopTimeout == nil { config.stopTimeout = image.stopTimeout }
        if (config.shell ?? []).isEmpty, !image.shell.isEmpty { config.shell = image.shell }
        config.mergeCommand(image)
        config.env = Self.environment(config.env ?? [], over: image.environment)
        config.labels = image.labels.merging(config.labels ?? [:]) { $1 }
        if !image.exposedPorts.isEmpty {
            config.exposedPorts = [String: EmptyObject](members: image.exposedPorts).merging(config.exposedPorts ?? [:]) { $1 }
        }
        if !image.volumes.isEmpty {
            config.volumes = [String: EmptyObject](members: image.volumes).merging(config.volumes ?? [:]) { $1 }
        }
        config.mergeHealthcheck(image.healthcheck)
        return config
    }

    /// An entry point of the user's drops the image's command; `[""]` means none at all.
    private mutating func mergeCommand(_ image: ContainerDefaults) {
        if (entrypoint ?? []).isEmpty {
            if (cmd ?? []).isEmpty { cmd = image.command }
            if entrypoint == nil { entrypoint = image.entrypoint }
        }
        if entrypoint == [""] { entrypoint = nil }
    }

    /// The user's variables first, then those of the image that the user did not name.
    private static func environment(_ own: [String], over image: [String]) -> [String] {
        var names = Set(own.map { Array(variableName($0)) })
        return own + image.filter { names.insert(Array(variableName($0))).inserted }
    }

    static func variableName(_ variable: String) -> Substring.UTF8View {
        variable.utf8.prefix { $0 != UInt8(ascii: "=") }
    }

    private mutating func mergeHealthcheck(_ image: ContainerDefaults.Healthcheck?) {
        guard let image else { return }
        var merged = healthcheck ?? HealthConfig()
        if (merged.test ?? []).isEmpty { merged.test = image.test }
        if merged.interval == 0 { merged.interval = image.interval }
        if merged.timeout == 0 { merged.timeout = image.timeout }
        if merged.startPeriod == 0 { merged.startPeriod = image.startPeriod }
        if merged.startInterval == 0 { merged.startInterval = image.startInterval }
        if merged.retries == 0 { merged.retries = image.retries }
        healthcheck = merged
    }

    /// Program and arguments.
    ///
    /// - Throws: `invalidArgument`, `no command specified`.
    func command() throws(WharfError) -> (path: String, arguments: [String]) {
        let words = (entrypoint ?? []) + (cmd ?? [])
        guard let path = words.first else { throw WharfError(.invalidArgument, "no command specified") }
        return (path, Array(words.dropFirst()))
    }

    /// The environment of a process: Docker's own variables, then the container's, then those of an exec. A later value
    /// takes the place of an earlier one; a bare name takes it away.
    func processEnvironment(terminal: Bool, adding extra: [String] = []) -> [String] {
        var variables = ["PATH=\(Self.defaultPath)", "HOSTNAME=\(hostname)"]
        if terminal { variables.append("TERM=xterm") }
        for variable in (env ?? []) + extra {
            let name = Array(Self.variableName(variable))
            let known = variables.firstIndex { Self.variableName($0).elementsEqual(name) }
            let isRemoval = name.count == variable.utf8.count
            switch (known, isRemoval) {
            case (let index?, true): variables.remove(at: index)
            case (let index?, false): variables[index] = variable
            case (nil, true): break
            case (nil, false): variables.append(variable)
            }
        }
        return variables
    }

    static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
}

extension LogConfig {
    /// Puts the daemon's driver and options below what was asked for; its options only count for its driver.
    mutating func fillDefaults(_ daemon: LogConfig) {
        if type.isEmpty { type = daemon.type }
        let own = config ?? [:]
        config = type.utf8.elementsEqual(daemon.type.utf8) ? (daemon.config ?? [:]).merging(own) { $1 } : own
    }
}

extension HostConfig {
    /// 64 MiB.
    static let defaultSharedMemory: Int64 = 67_108_864

    /// Fills in what the user left open.
    mutating func fillDefaults(_ host: HostFacts) {
        if networkMode.isEmpty { networkMode = "default" }
        if restartPolicy.name.isEmpty { restartPolicy.name = "no" }
        if resources.memory > 0, resources.memorySwap == 0 {
            // Twice what fits in no number is no limit.
            let (twice, overflow) = resources.memory.multipliedReportingOverflow(by: 2)
            resources.memorySwap = overflow ? -1 : twice
        }
        if let swappiness = resources.memorySwappiness, swappiness == -1 { resources.memorySwappiness = nil }
        if shmSize == 0 { shmSize = Self.defaultSharedMemory }
        if ipcMode.isEmpty { ipcMode = "private" }
        // On v2 for privileged containers too.
        if cgroupnsMode.isEmpty { cgroupnsMode = host.cgroups.isUnified ? "private" : "host" }
        if resources.oomKillDisable == nil { resources.oomKillDisable = false }
        if (securityOpt ?? []).contains("systempaths=unconfined") {
            if maskedPaths == nil { maskedPaths = [] }
            if readonlyPaths == nil { readonlyPaths = [] }
        } else if !privileged {
            if maskedPaths == nil { maskedPaths = SystemPaths.masked(thermal: host.thermalPaths) }
            if readonlyPaths == nil { readonlyPaths = SystemPaths.readOnly }
        }
    }
}
