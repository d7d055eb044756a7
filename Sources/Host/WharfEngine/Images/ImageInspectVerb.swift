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
    /// - Parameters:
    ///   - platform: what it must be for.
    ///   - manifests: show its manifests too.
    /// - Throws: `notFound` with Docker's text.
    public func inspect(_ name: String, platform: OCIPlatform? = nil, manifests: Bool = false) async throws -> ImageInspect {
        let details = try await store.inspect(name, platform: platform.map { Platform($0) })
        let (image, config) = (details.image, details.config)
        var inspect = ImageInspect()
        inspect.id = image.id.description
        inspect.repoTags = image.tags
        inspect.repoDigests = image.digests
        inspect.parent = config.parent
        inspect.comment = config.comment.isEmpty ? config.history.last?.comment ?? "" : config.comment
        inspect.created = config.created == .zero ? "" : config.created.rfc3339
        inspect.container = config.container
        // docker-compose 1 reads it in every version.
        inspect.containerConfig = config.containerConfig.map { ContainerConfig($0) } ?? ContainerConfig()
        inspect.dockerVersion = config.dockerVersion
        inspect.author = config.author
        inspect.config = ContainerConfig(config.config)
        inspect.architecture = config.platform.architecture
        inspect.variant = config.variant
        inspect.os = config.platform.os
        inspect.osVersion = config.osVersion
        inspect.size = image.size
        inspect.graphDriver = DriverData(data: try await store.layerFolders(image), name: driver)
        inspect.rootFS.layers = config.rootfs.diffIDs.map(\.description)
        inspect.metadata.lastTagTime = image.tagged
        inspect.descriptor = OCIDescriptor(platform == nil ? image.index ?? image.manifest : image.manifest)
        if manifests { inspect.manifests = try await self.manifests(image, users: containersByImage()) }
        return inspect
    }

    /// The steps by which an image came to be, newest first.
    ///
    /// - Parameter platform: what it must be for.
    /// - Throws: `notFound` with Docker's text.
    public func history(_ name: String, platform: OCIPlatform? = nil) async throws -> [ImageHistoryItem] {
        let details = try await store.inspect(name, platform: platform.map { Platform($0) })
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
            items[0].tags = details.image.tags.isEmpty ? nil : details.image.tags
        }
        return items
    }
}
