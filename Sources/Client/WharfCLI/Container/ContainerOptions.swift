// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From the options of run and create to the body of a create request: the portable half. What the daemon fills in
// is left to it.

import WharfDockerAPI

/// Builds create requests.
enum ContainerOptions {
    /// The request for a command line. Throws docker's refusals of combinations.
    static func request(_ call: Invocation, isDetached: Bool) throws -> ContainerCreateRequest {
        let ports = try PortSpecs.parse(publish: call[ContainerFlags.publish], expose: call[ContainerFlags.expose])
        let (mode, networking) = try NetworkSpecs.endpoints(call)
        var config = try config(call, isDetached: isDetached)
        if !ports.exposed.isEmpty { config.exposedPorts = ports.exposed }
        var host = try HostOptions.hostConfig(call)
        host.networkMode = mode
        host.portBindings = ports.bindings
        return ContainerCreateRequest(config: config, hostConfig: host, networkingConfig: networking)
    }

    private static func config(_ call: Invocation, isDetached: Bool) throws -> ContainerConfig {
        var config = ContainerConfig()
        config.image = call.operands[0]
        if call.operands.count > 1 { config.cmd = Array(call.operands.dropFirst()) }
        config.hostname = call[ContainerFlags.hostname]
        config.domainname = call[ContainerFlags.domainname]
        config.user = call[ContainerFlags.user]
        config.tty = call[ContainerFlags.tty]
        config.openStdin = call[ContainerFlags.interactive]
        config.workingDirectory = call[ContainerFlags.workdir]
        config.stopSignal = call[ContainerFlags.stopSignal]
        if call.isSet(ContainerFlags.stopTimeout) { config.stopTimeout = Int(call[ContainerFlags.stopTimeout]) }
        let env = try EnvironmentFile.variables(
            files: call[ContainerFlags.envFile], options: call[ContainerFlags.env], environment: call.console.environment)
        config.env = env.isEmpty ? nil : env
        config.labels = try EnvironmentFile.labels(files: call[ContainerFlags.labelFile], options: call[ContainerFlags.label])
        config.volumes = [String: EmptyObject](members: VolumeSpec.sort(call[ContainerFlags.volume]).anonymous)
        config.healthcheck = try healthcheck(call)
        if call.isSet(ContainerFlags.entrypoint) { config.entrypoint = [call[ContainerFlags.entrypoint]] }
        attach(call, isDetached: isDetached, to: &config)
        return config
    }

    /// Without -a everything is attached; stdin closes with the client that attached it.
    private static func attach(_ call: Invocation, isDetached: Bool, to config: inout ContainerConfig) {
        guard !isDetached else { return }
        let streams = call[ContainerFlags.attach]
        config.attachStdin = streams.isEmpty ? config.openStdin : streams.contains("stdin")
        config.attachStdout = streams.isEmpty || streams.contains("stdout")
        config.attachStderr = streams.isEmpty || streams.contains("stderr")
        config.stdinOnce = config.openStdin && config.attachStdin
    }

    private static func healthcheck(_ call: Invocation) throws -> HealthConfig? {
        let flags: [any AnyFlag] = [
            ContainerFlags.healthCommand, ContainerFlags.healthInterval, ContainerFlags.healthRetries, ContainerFlags.healthStartInterval,
            ContainerFlags.healthStartPeriod, ContainerFlags.healthTimeout,
        ]
        let isSet = flags.contains { call.isSet($0) }
        var health = HealthConfig()
        if call[ContainerFlags.noHealthcheck] {
            guard !isSet else { throw ExitError("--no-healthcheck conflicts with --health-* options") }
            health.test = ["NONE"]
            return health
        }
        guard isSet else { return nil }
        let command = call[ContainerFlags.healthCommand]
        if !command.isEmpty { health.test = ["CMD-SHELL", command] }
        let durations: [(Flag<Int64>, WritableKeyPath<HealthConfig, Int64>)] = [
            (ContainerFlags.healthInterval, \.interval), (ContainerFlags.healthTimeout, \.timeout),
            (ContainerFlags.healthStartPeriod, \.startPeriod), (ContainerFlags.healthStartInterval, \.startInterval),
        ]
        for (flag, path) in durations {
            guard call[flag] >= 0 else { throw ExitError("--\(flag.name) cannot be negative") }
            health[keyPath: path] = call[flag]
        }
        guard call[ContainerFlags.healthRetries] >= 0 else { throw ExitError("--health-retries cannot be negative") }
        health.retries = Int(call[ContainerFlags.healthRetries])
        return health
    }
}
