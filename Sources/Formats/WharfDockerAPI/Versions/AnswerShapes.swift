// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Answers for older API versions: fields that came later are left out, fields that have been dropped come back.

extension ContainerSummary: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 46) { hostConfig.annotations = nil }
        if version < APIVersion(1, 48) { imageManifestDescriptor = nil }
        if version < APIVersion(1, 52) { health = nil }
    }
}

extension ContainerInspect: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 45) { addShortIDToAliases() }
        if version < APIVersion(1, 48) { imageManifestDescriptor = nil }
        if version < APIVersion(1, 52) {
            storage = nil
            if networkSettings.legacy == nil { networkSettings.legacy = LegacyNetworkSettings() }
        } else {
            networkSettings.legacy = nil
        }
    }

    /// Up to 1.44 the aliases in user-defined networks held the short id and the host name.
    private mutating func addShortIDToAliases() {
        for name in networkSettings.networks.keys where !["bridge", "default", "host", "none"].contains(name) {
            var aliases = networkSettings.networks[name]?.aliases ?? []
            for alias in [String(id.prefix(12)), config.hostname] where !alias.isEmpty && !aliases.contains(alias) { aliases.append(alias) }
            networkSettings.networks[name]?.aliases = aliases
        }
    }
}

extension ContainerStats: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 49) { osType = nil }
    }
}

extension ImageSummary: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 43), repoTags.isEmpty, repoDigests.isEmpty {
            repoTags = ["<none>:<none>"]
            repoDigests = ["<none>@<none>"]
        }
        virtualSize = version < APIVersion(1, 44) ? size : nil
        if version < APIVersion(1, 47) { manifests = nil }
        if version < APIVersion(1, 48) { descriptor = nil }
        if version < APIVersion(1, 51) { containers = -1 }
    }
}

extension DiskUsage: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        writesLists = version < APIVersion(1, 53)
        writesSummaries = version >= APIVersion(1, 52)
        for index in (imageUsage?.items ?? []).indices {
            // Here they are counted in every version.
            let count = imageUsage?.items?[index].containers ?? -1
            imageUsage?.items?[index].shape(for: version)
            imageUsage?.items?[index].containers = count
        }
        containerUsage?.items?.shape(for: version)
    }
}

extension ProgressMessage: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version >= APIVersion(1, 52) { progress = "" }
    }
}

extension ImageInspect: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        virtualSize = version < APIVersion(1, 44) ? size : nil
        if version < APIVersion(1, 44), created.isEmpty { created = "0001-01-01T00:00:00Z" }
        if version < APIVersion(1, 45) { container = container ?? "" } else { container = nil }
        if version < APIVersion(1, 48) {
            descriptor = nil
            manifests = nil
        }
        writesContainerFields = version < APIVersion(1, 50)
        if version < APIVersion(1, 52) {
            parent = parent ?? ""
            comment = comment ?? ""
            dockerVersion = dockerVersion ?? ""
            author = author ?? ""
        } else {
            if parent?.isEmpty == true { parent = nil }
            if comment?.isEmpty == true { comment = nil }
            if dockerVersion?.isEmpty == true { dockerVersion = nil }
            if author?.isEmpty == true { author = nil }
        }
    }
}

extension SystemInfo: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 25) { securityOptions = securityOptions.map(Self.bareName) }
        kernelMemory = version < APIVersion(1, 42) ? kernelMemory ?? false : nil
        for commit in [\SystemInfo.containerdCommit, \.runcCommit, \.initCommit] {
            self[keyPath: commit].expected = version < APIVersion(1, 49) ? self[keyPath: commit].id : nil
        }
        if version < APIVersion(1, 49) { firewallBackend = nil }
        bridgeNfIptables = version < APIVersion(1, 50) ? bridgeNfIptables ?? false : nil
        bridgeNfIp6tables = version < APIVersion(1, 50) ? bridgeNfIp6tables ?? false : nil
    }

    /// `name=seccomp,profile=builtin` was `seccomp`.
    private static func bareName(_ option: String) -> String {
        let name = option.split(separator: ",").first { $0.hasPrefix("name=") }
        return name.map { String($0.dropFirst(5)) } ?? option
    }
}

extension EventMessage: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        guard version >= APIVersion(1, 52) else { return }
        status = nil
        id = nil
        from = nil
    }
}
