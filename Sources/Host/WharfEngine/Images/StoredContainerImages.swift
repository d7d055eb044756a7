// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The image store behind `ContainerImages`: the words of containers on one side, those of WharfImages on the other.

import WharfError
public import WharfImages
import WharfOCI
public import WharfShimProtocol
import WharfSnapshots

/// Container root file systems from the image store.
public struct StoredContainerImages: ContainerImages {
    private let store: ImageStore

    public init(_ store: ImageStore) { self.store = store }

    /// Docker's name for the overlay driver, by which tools know it.
    public var driver: String { store.driver == "overlay" ? "overlay2" : store.driver }

    /// See `ContainerImages`.
    public func id(of reference: String) -> String? {
        // A name that means nothing, or can't be one, has no id.
        (try? store.resolve(reference))?.id.description
    }

    /// See `ContainerImages`.
    public func resolve(_ reference: String) async throws -> ContainerImage {
        let details = try await store.inspect(reference)
        return ContainerImage(
            id: details.image.id.description, platform: details.image.platform.os, defaults: details.config.config)
    }

    /// See `ContainerImages`.
    public func prepareRoot(_ container: String, image: ContainerImage) async throws {
        guard let digest = Digest(image.id) else { throw WharfError(.internal, "\(image.id) is not the id of an image") }
        try await store.prepare(digest, key: container)
    }

    /// See `ContainerImages`.
    public func rootMounts(_ container: String) async throws -> [RootMount] {
        try await store.mounts(key: container).map { mount in
            guard let layers = OverlayLayers(mount) else {
                throw WharfError(.notImplemented, "a root file system of type \(mount.type) can't be mounted")
            }
            return RootMount(lower: layers.lowers, upper: layers.upper ?? "", work: layers.work ?? "")
        }
    }

    /// See `ContainerImages`.
    public func removeRoot(_ container: String) async throws { try await store.removeSnapshot(key: container) }

    /// See `ContainerImages`.
    public func rootSize(_ container: String, image: String) async throws -> (writable: Int64, total: Int64) {
        let writable = try await store.usage(key: container).bytes
        // An image that is gone still has its layers, but nobody counts them any more.
        let below = (try? store.resolve(image))?.size ?? 0
        return (writable, writable + below)
    }

    /// See `ContainerImages`.
    public func roots() async throws -> [String] { store.snapshotKeys() }
}
