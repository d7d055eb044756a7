// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf info`: the daemon and its host in docker's layout.

import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows the daemon.
enum SystemInfoVerb {
    static let format = Flag.text("format", "f", FormatHelp.object)

    static let command = Command(
        name: "info", usage: "[OPTIONS]", summary: "Display system-wide information", aliases: ["wharf system info", "wharf info"],
        operands: .none, flags: [format]
    ) { call in
        guard call[format].isEmpty else { return try await formatted(call) }
        call.console.out("Client:\n Version:    \(Program.version)\n Context:    default\n Debug Mode: false\n\nServer:\n")
        let info = try await call.client.info()
        call.console.out(text(info).map { " \($0)\n" }.joined() + "\n")
        for warning in info.warnings ?? [] { call.console.error(warning) }
        return 0
    }

    private static func formatted(_ call: Invocation) async throws -> Int32 {
        let info = try await call.client.info()
        guard call[format] != "json" else {
            call.console.line(JSONText.compact(info))
            return 0
        }
        do {
            let template = try Template(call[format])
            call.console.line(try template.fill(try JSON.parse(JSON.encode(info))))
        } catch let error as TemplateError {
            throw ExitError("template parsing error: \(error)", code: 64)
        }
        return 0
    }

    /// The lines below `Server:`, without their first space.
    static func text(_ info: SystemInfo) -> [String] {
        var lines = [
            "Containers: \(info.containers)", " Running: \(info.containersRunning)", " Paused: \(info.containersPaused)",
            " Stopped: \(info.containersStopped)", "Images: \(info.images)", "Server Version: \(info.serverVersion)",
            "Storage Driver: \(info.driver)",
        ]
        lines += pairs(info.driverStatus)
        lines += [
            "Logging Driver: \(info.loggingDriver)", "Cgroup Driver: \(info.cgroupDriver)", "Cgroup Version: \(info.cgroupVersion)",
            "Plugins:", " Volume: \(list(info.plugins.volume))", " Network: \(list(info.plugins.network))",
            " Log: \(list(info.plugins.log))", "Swarm: \(info.swarm.localNodeState)",
            "Runtimes: \(info.runtimes.keys.sorted().joined(separator: " "))", "Default Runtime: \(info.defaultRuntime)",
        ]
        if !info.initBinary.isEmpty { lines.append("Init Binary: \(info.initBinary)") }
        lines += commits(info) + security(info.securityOptions)
        lines += [
            "Kernel Version: \(info.kernelVersion)", "Operating System: \(info.operatingSystem)", "OSType: \(info.osType)",
            "Architecture: \(info.architecture)", "CPUs: \(info.cpus)", "Total Memory: \(ByteSize.binary(info.memoryTotal))",
            "Name: \(info.name)", "ID: \(info.id)", "Docker Root Dir: \(info.rootDirectory)", "Debug Mode: \(info.debug)",
        ]
        if info.debug {
            lines += [" File Descriptors: \(info.fileDescriptors)", " Goroutines: \(info.goroutines)"]
            lines += [" System Time: \(info.systemTime.rfc3339)", " EventsListeners: \(info.eventsListeners)"]
        }
        for (name, value) in [("HTTP Proxy", info.httpProxy), ("HTTPS Proxy", info.httpsProxy), ("No Proxy", info.noProxy)]
        where !value.isEmpty { lines.append("\(name): \(value)") }
        if !info.labels.isEmpty { lines += ["Labels:"] + info.labels.map { " \($0)" } }
        lines.append("Experimental: \(info.experimentalBuild)")
        return lines + registries(info.registryConfig) + ["Live Restore Enabled: \(info.liveRestoreEnabled)"]
    }

    private static func pairs(_ pairs: [[String]]) -> [String] {
        pairs.filter { $0.count == 2 }.map { " \($0[0]): \($0[1])" }
    }

    private static func list(_ names: [String]?) -> String { (names ?? []).joined(separator: " ") }

    private static func commits(_ info: SystemInfo) -> [String] {
        [("containerd", info.containerdCommit), ("runc", info.runcCommit), ("init", info.initCommit)].filter { !$0.1.id.isEmpty }
            .map { "\($0.0) version: \($0.1.id)" }
    }

    /// `name=seccomp,profile=builtin` becomes a heading with its properties.
    private static func security(_ options: [String]) -> [String] {
        guard !options.isEmpty else { return [] }
        return ["Security Options:"]
            + options.flatMap { option -> [String] in
                let fields = option.split(separator: ",").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
                    .filter { $0.count == 2 }
                let name = fields.first { $0[0] == "name" }?[1] ?? option
                return [" \(name)"]
                    + fields.filter { $0[0] != "name" }.map { "  \($0[0].prefix(1).uppercased() + $0[0].dropFirst()): \($0[1])" }
            }
    }

    private static func registries(_ config: RegistryServiceConfig?) -> [String] {
        guard let config else { return [] }
        let insecure = config.indexConfigs.values.filter { !$0.secure }.map(\.name).sorted() + config.insecureRegistryCIDRs
        var lines = insecure.isEmpty ? [] : ["Insecure Registries:"] + insecure.map { " \($0)" }
        if !config.mirrors.isEmpty { lines += ["Registry Mirrors:"] + config.mirrors.map { " \($0)" } }
        return lines
    }
}
