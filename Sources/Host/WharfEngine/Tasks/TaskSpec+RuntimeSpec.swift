// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From plain values to the bundle's config.json: Docker's defaults (moby, daemon/pkg/oci/defaults.go and oci_linux.go) with
// what the user asked for on top. Reads the host only for device numbers.

import Glibc
import WharfLinux
import WharfOCI

extension TaskSpec {
    /// Where a later daemon finds the exit record of a shim that is gone.
    static let exitAnnotation = "io.wharf.exit"

    /// Where `--init` puts its program; Docker's place.
    static let initPath = "/sbin/docker-init"

    /// The specification of the bundle.
    ///
    /// - Throws: `TaskFailure` with the step `spec`, `WharfError` with Docker's text for a device that is not there.
    func runtimeSpec(on host: TaskHost, exitPath: String = "") throws -> RuntimeSpec {
        let hostDevices = try chosenDevices()
        var annotations = annotations
        annotations[Self.exitAnnotation] = exitPath
        var runtimeProcess = try process.runtimeProcess(on: host)
        if try needsInit(on: host) { runtimeProcess.args = [Self.initPath, "--"] + runtimeProcess.args }
        return RuntimeSpec(
            root: .init(readonly: readOnlyRoot), process: runtimeProcess, hostname: utsNamespace == .new ? hostname : "",
            domainname: utsNamespace == .new ? domainname : "",
            mounts: try runtimeMounts(on: host), annotations: annotations,
            linux: .init(
                namespaces: namespaces(on: host), devices: hostDevices.map(\.node), cgroupsPath: cgroupPath,
                resources: try runtimeResources(hostDevices), sysctl: parameters(on: host),
                rootfsPropagation: rootPropagation, maskedPaths: masked(on: host), readonlyPaths: readonly,
                seccomp: try filter(for: runtimeProcess, on: host)))
    }

    /// Docker's rule: an init makes sense only as process 1.
    ///
    /// - Throws: `TaskFailure` with the step `spec` where there is no such program.
    func needsInit(on host: TaskHost) throws(TaskFailure) -> Bool {
        guard usesInit, pidNamespace == .new else { return false }
        guard !host.initProgram.isEmpty else {
            throw TaskFailure(step: "spec", errno: ENOENT, text: "--init needs the program wharf-init, which is not installed")
        }
        return true
    }

    /// All of the host's for a privileged container, and beside them what it asks for under another name.
    private func chosenDevices() throws -> [TaskDevices.Resolved] {
        guard process.privileged else { return try TaskDevices.resolve(devices) }
        let renamed = devices.filter { $0.hostPath != $0.containerPath }
        return try TaskDevices.all() + TaskDevices.resolve(renamed)
    }

    /// The user's parameters, and Docker's two for a network namespace that is made with the container.
    private func parameters(on host: TaskHost) -> [String: String] {
        guard networkNamespace == .new else { return sysctls }
        return host.networkParameters.merging(sysctls) { $1 }
    }

    /// A shared bind needs a root that is shared too, one that follows the host needs at least one that does.
    private var rootPropagation: String {
        let wanted = mounts.map(\.propagation)
        if wanted.contains("rshared") || wanted.contains("shared") { return "shared" }
        if wanted.contains("rslave") || wanted.contains("slave") { return "rslave" }
        return "private"
    }

    private func namespaces(on host: TaskHost) -> [RuntimeSpec.Namespace] {
        let cgroup = cgroupNamespace ?? (host.hasUnifiedCgroups && !process.privileged ? .new : .host)
        let choices: [(String, TaskNamespace)] = [
            ("mount", .new), ("network", networkNamespace), ("uts", utsNamespace), ("pid", pidNamespace), ("ipc", ipcNamespace),
            ("cgroup", cgroup),
        ]
        return choices.compactMap { type, choice in
            switch choice {
            case .new: RuntimeSpec.Namespace(type)
            case .path(let path): RuntimeSpec.Namespace(type, path: path)
            case .host: nil
            }
        }
    }

    private func masked(on host: TaskHost) -> [String] {
        if let maskedPaths { return maskedPaths }
        return process.privileged ? [] : SystemPaths.masked(thermal: host.thermalPaths)
    }

    private var readonly: [String] {
        if let readOnlyPaths { return readOnlyPaths }
        return process.privileged ? [] : SystemPaths.readOnly
    }

    private func runtimeResources(_ hostDevices: [TaskDevices.Resolved]) throws -> RuntimeSpec.Resources {
        var limits = try resources.runtimeLimits()
        if limits.memory.swap == nil, let memory = limits.memory.limit {
            limits.memory.swap = memory.multipliedReportingOverflow(by: 2).overflow ? -1 : memory * 2
        }
        // A new group has none.
        if limits.pids.limit == -1 { limits.pids.limit = nil }
        limits.devices =
            try process.privileged
            ? [.init(allow: true)] : TaskDevices.defaultRules + hostDevices.map(\.rule) + deviceRules.map { try TaskDevices.rule($0) }
        return limits
    }
}

extension TaskProcess {
    /// The OCI process object.
    ///
    /// - Parameter host: nil is this one.
    /// - Throws: `TaskFailure` with the step `spec` for an unknown capability.
    func runtimeProcess(on host: TaskHost? = nil) throws(TaskFailure) -> RuntimeSpec.Process {
        let inheritedScore = host?.oomScoreAdjustment ?? TaskHost.inheritedScore
        // A kernel without AppArmor has no profile to leave.
        let isConfined = !["", "unconfined", "docker-default"].contains(appArmorProfile)
        // Also without a name: root's line in the image's files says which groups it has.
        return .init(
            terminal: terminal, user: .init(username: user.isEmpty ? "0" : user, additionalGroups: additionalGroups), args: arguments,
            env: environment, cwd: workingDirectory.isEmpty ? "/" : workingDirectory,
            capabilities: .init(try capabilityNames(host?.capabilities ?? CapabilityChoice.available)),
            rlimits: rlimits.map { .init(type: "RLIMIT_\($0.name.uppercased())", hard: $0.hard, soft: $0.soft) },
            noNewPrivileges: noNewPrivileges, oomScoreAdj: oomScoreAdjustment == inheritedScore ? nil : oomScoreAdjustment,
            apparmorProfile: isConfined ? appArmorProfile : "")
    }
}
