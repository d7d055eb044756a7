// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is refused at create, in Docker's words, and what this version can't do yet, in its own. Pure but for the facts
// about the host. Limits are in ContainerValidation+Resources.swift.

import WharfDockerAPI
import WharfError
import WharfOCI

/// Checks a create request. Collects warnings; throws at the first thing that can't be.
struct ContainerValidation {
    let host: HostFacts
    var warnings: [String] = []

    init(host: HostFacts) { self.host = host }

    /// Checks both halves; may drop from `hostConfig` what the kernel can't do, with a warning.
    mutating func check(_ config: inout ContainerConfig, _ hostConfig: inout HostConfig) throws(WharfError) {
        try check(&config)
        try checkNamespaces(config, hostConfig)
        try checkNetwork(hostConfig)
        try checkStorage(hostConfig)
        try checkPolicies(hostConfig)
        try checkSecurity(hostConfig)
        try LogDrivers.validate(hostConfig.logConfig)
        try checkResources(&hostConfig.resources)
        guard hostConfig.shmSize >= 0 else { throw invalid("SHM size can not be less than 0") }
        guard (-1000...1000).contains(hostConfig.oomScoreAdj) else {
            throw invalid("Invalid value \(hostConfig.oomScoreAdj), range for oom score adj is [-1000, 1000]")
        }
    }

    // MARK: Config

    private mutating func check(_ config: inout ContainerConfig) throws(WharfError) {
        guard config.hostname.utf8.count <= 64 else {
            throw invalid("hostname \"\(config.hostname)\" is too long (maximum 64 bytes)")
        }
        if !config.workingDirectory.isEmpty {
            guard CleanPath.isAbsolute(config.workingDirectory), CleanPath.isUsable(config.workingDirectory) else {
                throw invalid("the working directory '\(config.workingDirectory)' is invalid, it needs to be an absolute path")
            }
            config.workingDirectory = CleanPath.clean(config.workingDirectory)
        }
        if !config.stopSignal.isEmpty { _ = try SignalName.parse(config.stopSignal) }
        for variable in config.env ?? [] {
            guard let first = variable.utf8.first, first != UInt8(ascii: "="), CleanPath.isUsable(variable) else {
                throw invalid("invalid environment variable: \(variable)")
            }
        }
        for word in (config.entrypoint ?? []) + (config.cmd ?? []) where !CleanPath.isUsable(word) {
            throw invalid("a word of the command contains a NUL byte")
        }
        if let health = config.healthcheck { try check(health) }
    }

    private func check(_ health: HealthConfig) throws(WharfError) {
        let shortest: Int64 = 1_000_000
        let durations = [
            ("Interval", health.interval), ("Timeout", health.timeout), ("StartPeriod", health.startPeriod),
            ("StartInterval", health.startInterval),
        ]
        for (name, nanoseconds) in durations where nanoseconds != 0 && nanoseconds < shortest {
            throw invalid("\(name) in Healthcheck cannot be less than 1ms")
        }
        guard health.retries >= 0 else { throw invalid("Retries in Healthcheck cannot be negative") }
    }

    // MARK: HostConfig

    private mutating func checkNetwork(_ host: HostConfig) throws(WharfError) {
        for entry in host.extraHosts ?? [] where ContainerNetworkFiles.split(extraHost: entry) == nil {
            throw invalid("bad format for add-host: \"\(entry)\"")
        }
        let publishes = host.portBindings?.isEmpty == false || host.publishAllPorts
        switch host.networkMode {
        case "none": break
        case "host":
            if publishes { warnings.append("Published ports are discarded when using host network mode") }
            if host.links?.isEmpty == false {
                throw invalid("conflicting options: host type networking can't be used with links. This would result in undefined behavior")
            }
            return
        case "", "default", "bridge":
            warnings.append(
                "The default network is not available yet: the container gets a network namespace with a loopback interface only.")
        default:
            throw notYet("network mode \"\(host.networkMode)\"")
        }
        if publishes { throw notYet("publishing ports") }
        if host.links?.isEmpty == false { throw notYet("links") }
    }

    private func checkStorage(_ host: HostConfig) throws(WharfError) {
        if let from = host.volumesFrom, !from.isEmpty { throw notYet("volumes from other containers") }
        if host.storageOpt?.isEmpty == false {
            throw invalid("--storage-opt is supported only for overlay over xfs with 'pquota' mount option")
        }
        for key in (host.annotations ?? [:]).keys where key.isEmpty {
            throw invalid("invalid Annotations: the empty string is not permitted as an annotation key")
        }
    }

    private mutating func checkPolicies(_ host: HostConfig) throws(WharfError) {
        let policy = host.restartPolicy
        try check(policy)
        if host.autoRemove, !["", "no"].contains(policy.name) {
            throw invalid("can't create 'AutoRemove' container with restart policy")
        }
    }

    func check(_ policy: RestartPolicy) throws(WharfError) {
        switch policy.name {
        case "", "no", "always", "unless-stopped":
            guard policy.maximumRetryCount == 0 else {
                throw invalid(
                    "invalid restart policy: maximum retry count can only be used with 'on-failure'"
                        + (policy.maximumRetryCount < 0 ? " and cannot be negative" : ""))
            }
        case "on-failure":
            guard policy.maximumRetryCount >= 0 else { throw invalid("invalid restart policy: maximum retry count cannot be negative") }
        default:
            throw invalid(
                "invalid restart policy: unknown policy '\(policy.name)'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'")
        }
    }

    // MARK: Errors

    func invalid(_ text: String) -> WharfError { WharfError(.invalidArgument, text) }

    /// Something of Docker's that comes with a later version.
    func notYet(_ what: String) -> WharfError { WharfError(.notImplemented, "\(what) can't be used yet") }
}
