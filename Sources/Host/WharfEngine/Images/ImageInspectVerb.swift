// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /images/x/json` and `GET /images/x/history`.

public import WharfDockerAPI
import WharfImages
import WharfJSON
import WharfOCI

extension Images {
    /// All about an image.
    ///
    /// - Throws: `notFound` with Docker's text.
    public func inspect(_ name: String) async throws -> ImageInspect {
        let details = try await store.inspect(name)
        let (image, config) = (details.image, details.config)
        var inspect = ImageInspect()
        inspect.id = image.id.description
        inspect.repoTags = image.references.filter { $0.digest == nil }.map(\.familiar)
        inspect.repoDigests = image.references.filter { $0.digest != nil }.map(\.familiar)
        inspect.parent = config.parent
        inspect.comment = config.comment
        inspect.created = config.created == .zero ? "" : config.created.rfc3339
        inspect.dockerVersion = config.dockerVersion
        inspect.author = config.author
        inspect.config = ContainerConfig(config.config)
        inspect.architecture = config.platform.architecture
        inspect.variant = config.variant
        inspect.os = config.platform.os
        inspect.osVersion = config.osVersion
        inspect.size = image.size
        inspect.graphDriver = DriverData(data: nil, name: driver)
        inspect.rootFS.layers = config.rootfs.diffIDs.map(\.description)
        inspect.metadata.lastTagTime = image.tagged
        return inspect
    }

    /// The steps by which an image came to be, newest first.
    ///
    /// - Throws: `notFound` with Docker's text.
    public func history(_ name: String) async throws -> [ImageHistoryItem] {
        let details = try await store.inspect(name)
        var sizes = details.image.layers.map(\.size)[...]
        var items: [ImageHistoryItem] = []
        for step in details.config.history {
            var item = ImageHistoryItem()
            item.id = "<missing>"
            item.created = step.created == .zero ? 0 : step.created.seconds
            item.createdBy = step.createdBy
            item.comment = step.comment
            item.size = step.emptyLayer ? 0 : sizes.popFirst() ?? 0
            items.append(item)
        }
        // Archives without a history still have layers.
        for size in sizes {
            var item = ImageHistoryItem()
            item.id = "<missing>"
            item.size = size
            items.append(item)
        }
        items.reverse()
        if !items.isEmpty {
            items[0].id = details.image.id.description
            let tags = details.image.references.filter { $0.digest == nil }.map(\.familiar)
            items[0].tags = tags.isEmpty ? nil : tags
        }
        return items
    }
}

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
