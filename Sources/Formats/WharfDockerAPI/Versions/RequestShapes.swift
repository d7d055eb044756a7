// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Request bodies of older API versions: fields that did not exist yet are ignored, defaults that have changed are
// made explicit.

extension ContainerCreateRequest: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        hostConfig?.shape(for: version)
        if version < APIVersion(1, 44) {
            config.healthcheck?.startInterval = 0
            moveMACAddress()
        }
    }

    /// Up to 1.43 the address of the default network's endpoint stood in the configuration.
    private mutating func moveMACAddress() {
        guard !config.macAddress.isEmpty, let mode = hostConfig?.networkMode, mode != "none", mode != "host", !mode.hasPrefix("container:")
        else { return }
        let name = mode.isEmpty ? "default" : mode
        var endpoints = networkingConfig?.endpointsConfig ?? [:]
        var endpoint = (endpoints[name] ?? nil) ?? EndpointSettings()
        if endpoint.macAddress.isEmpty { endpoint.macAddress = config.macAddress }
        endpoints[name] = endpoint
        networkingConfig = NetworkingConfig(endpointsConfig: endpoints)
    }
}

extension HostConfig: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 40) {
            resources.kernelMemoryTCP = 0
            if ipcMode.isEmpty { ipcMode = "shareable" }
        }
        if version < APIVersion(1, 42) { consoleSize = ConsoleSize() }
        if version >= APIVersion(1, 42) { resources.kernelMemory = 0 }
        if version < APIVersion(1, 43) { annotations = nil }
        for index in mounts?.indices ?? [].indices { mounts?[index].shape(for: version) }
        // Clients of every version send these for "not said".
        if let limit = resources.pidsLimit, limit <= 0 { resources.pidsLimit = nil }
        if resources.memorySwappiness == -1 { resources.memorySwappiness = nil }
    }
}

extension ContainerUpdateRequest: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 40) { resources.pidsLimit = nil }
        if version < APIVersion(1, 55) {
            resources.blkioWeightDevice = nil
            resources.blkioDeviceReadBps = nil
            resources.blkioDeviceWriteBps = nil
            resources.blkioDeviceReadIOps = nil
            resources.blkioDeviceWriteIOps = nil
        }
        // 0 and every negative number take the limit away.
        if let limit = resources.pidsLimit, limit <= 0 { resources.pidsLimit = 0 }
        if resources.memorySwappiness == -1 { resources.memorySwappiness = nil }
    }
}

extension MountRequest: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 40) { bindOptions?.nonRecursive = false }
        if version < APIVersion(1, 42) { bindOptions?.createMountpoint = false }
        if version < APIVersion(1, 44) {
            if type == "bind", readOnly { bindOptions = bindOptions ?? BindOptions() }
            bindOptions?.readOnlyNonRecursive = type == "bind" && readOnly
            bindOptions?.readOnlyForceRecursive = false
        }
        if version < APIVersion(1, 45) { volumeOptions?.subpath = "" }
        if version < APIVersion(1, 46) { tmpfsOptions?.options = nil }
    }
}

extension ExecCreateRequest: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 25) { env = nil }
        if version < APIVersion(1, 42) { consoleSize = nil }
    }
}

extension ExecStartRequest: VersionShaped {
    public mutating func shape(for version: APIVersion) {
        if version < APIVersion(1, 42) { consoleSize = nil }
    }
}
