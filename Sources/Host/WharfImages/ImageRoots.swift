// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Root file systems of containers: writable trees on top of an image's layers, by the container's id.

import Logging
import Synchronization
import WharfBlocking
import WharfError
import WharfJSON
public import WharfMetadata
public import WharfOCI
public import WharfSnapshots

extension ImageStore {
    /// The resource by which a container keeps its image; its hold is named `container/<id>`.
    public static func resource(_ image: Digest) -> HeldResource { HeldResource(kind: ImageRecord.kind, id: image.description) }

    static func containerHolder(_ container: String) -> String { "container/\(container)" }

    /// How long a prepared root keeps its image before the container's own row does.
    private static let grace = Duration.seconds(600)

    /// Makes a writable root file system on top of an image.
    ///
    /// The image is held for the container for ten minutes; the container's own row holds it from then on.
    /// - Parameter key: the container's id.
    /// - Returns: what to mount.
    /// - Throws: `notFound` if the image is gone, `alreadyExists` for the key.
    @discardableResult
    public func prepare(_ image: Digest, key: String) async throws -> [Mount] {
        try await blocking.own { [self] in
            try converting("root of \(key)") {
                let holder = Self.containerHolder(key)
                let top = try changes.withLock { _ in
                    guard let record = table.withLock({ $0.images[image] }) else { throw WharfError(.notFound, "No such image: \(image)") }
                    try metadata.write(durable: false) {
                        try $0.acquire(Self.resource(image), holder: holder, expires: Timestamp.now().advanced(by: Self.grace))
                    }
                    return record.layers.last
                }
                do {
                    return try snapshots.prepare(key, parent: top?.description)
                } catch {
                    // A root of this key that was there before keeps its hold.
                    if case SnapshotError.exists = error { throw error }
                    // The hold ends by itself if this fails; the first error is the one to tell.
                    try? release(holder)
                    throw error
                }
            }
        }
    }

    /// What to mount for a prepared root; see `OverlayLayers`. - Throws: `notFound`.
    public func mounts(key: String) async throws -> [Mount] {
        try await blocking.own { [self] in try converting("root of \(key)") { try snapshots.mounts(key) } }
    }

    /// Removes a root and its hold on the image; one that is not there is no error. Layers that only it still needed go
    /// with it.
    public func removeSnapshot(key: String) async throws {
        try await blocking.own { [self] in
            try converting("root of \(key)") {
                try snapshots.remove(key)
                try release(Self.containerHolder(key))
            }
            sweepLayers()
        }
    }

    /// Gives up what a container holds of images.
    private func release(_ holder: String) throws {
        let held = try metadata.read { try $0.resources(heldBy: holder) }.filter { $0.kind == ImageRecord.kind }
        guard !held.isEmpty else { return }
        try metadata.write(durable: false) { transaction in
            for resource in held { try transaction.release(resource, holder: holder) }
        }
    }

    /// The keys of all prepared roots, for the reconciler.
    public func snapshotKeys() -> [String] { snapshots.list().filter { $0.kind == .active }.map(\.key) }

    /// What a root itself holds, without the image.
    public func usage(key: String) async throws -> SnapshotUsage {
        try await blocking.own { [self] in try converting("root of \(key)") { try snapshots.usage(key) } }
    }

    /// Removes layers without a row that nothing stands on. Blocks.
    func sweepLayers() {
        let remains = changes.withLock { _ in
            let known = table.withLock { Set($0.layers.keys.map(\.description)).union($0.heldLayers.map(\.description)) }
            var remains: [SnapshotRemains] = []
            while true {
                let all = snapshots.list()
                let below = Set(all.compactMap(\.parent))
                let loose = all.filter { $0.kind == .committed && !known.contains($0.key) && !below.contains($0.key) }
                let detached = detach(loose.map(\.key))
                remains += detached
                if detached.isEmpty { return remains }
            }
        }
        cleaner.add(remains)
    }
}
