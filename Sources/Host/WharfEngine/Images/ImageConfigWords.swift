// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An image's defaults for containers in Docker's words, and back.

import WharfDockerAPI
import WharfOCI

extension ContainerConfig {
    /// The image's defaults in Docker's words.
    init(_ defaults: ContainerDefaults) {
        self.init()
        user = defaults.user
        exposedPorts = defaults.exposedPorts.isEmpty ? nil : [String: EmptyObject](members: defaults.exposedPorts)
        env = defaults.environment
        cmd = defaults.command
        argsEscaped = defaults.argsEscaped
        volumes = defaults.volumes.isEmpty ? nil : [String: EmptyObject](members: defaults.volumes)
        workingDirectory = defaults.workingDirectory
        entrypoint = defaults.entrypoint
        onBuild = defaults.onBuild.isEmpty ? nil : defaults.onBuild
        labels = defaults.labels.isEmpty ? nil : defaults.labels
        stopSignal = defaults.stopSignal
        stopTimeout = defaults.stopTimeout
        shell = defaults.shell.isEmpty ? nil : defaults.shell
        if let check = defaults.healthcheck {
            var health = HealthConfig()
            health.test = check.test
            health.interval = check.interval
            health.timeout = check.timeout
            health.startPeriod = check.startPeriod
            health.startInterval = check.startInterval
            health.retries = check.retries
            healthcheck = health
        }
    }
}

extension ContainerDefaults {
    /// What of a container's configuration an image can keep.
    init(_ config: ContainerConfig) {
        self.init()
        user = config.user
        exposedPorts = (config.exposedPorts ?? [:]).keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        // A bare name takes a variable away; the image has none to take.
        environment = (config.env ?? []).filter { $0.utf8.contains(UInt8(ascii: "=")) }
        entrypoint = config.entrypoint
        command = config.cmd
        argsEscaped = config.argsEscaped
        volumes = (config.volumes ?? [:]).keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        workingDirectory = config.workingDirectory
        labels = config.labels ?? [:]
        stopSignal = config.stopSignal
        stopTimeout = config.stopTimeout
        onBuild = config.onBuild ?? []
        shell = config.shell ?? []
        if let check = config.healthcheck {
            healthcheck = Healthcheck(
                test: check.test ?? [], interval: check.interval, timeout: check.timeout, startPeriod: check.startPeriod,
                startInterval: check.startInterval, retries: check.retries)
        }
    }
}
