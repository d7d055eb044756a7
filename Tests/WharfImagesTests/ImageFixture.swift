// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A store on a folder of its own, with a look at what really lies there. Layers carry attributes of overlay and files carry
// owners, so these tests need root.

import Glibc
import Synchronization
import WharfBlocking
import WharfContent
import WharfImages
import WharfLinux
import WharfMetadata
import WharfOCI
import WharfSnapshots
import WharfTestKit

/// An image store in a temporary folder.
final class ImageFixture: Sendable {
    let folder: TemporaryDirectory
    let blocking: Blocking
    let metadata: MetadataStore
    let images: ImageStore
    let registry = MemoryRegistry()
    let settings: ImageSettings

    init(_ settings: ImageSettings = ImageSettings()) async throws {
        self.settings = settings
        let folder = try TemporaryDirectory("images")
        let blocking = Blocking(ownThreads: 2)
        let metadata = try MetadataStore(path: folder.path("wharf.db"))
        self.folder = folder
        self.blocking = blocking
        self.metadata = metadata
        images = try await ImageStore.open(
            root: HostPath(folder.path), metadata: metadata, blocking: blocking, registries: registry, settings: settings)
    }

    /// A second store on the same folder, as after a restart.
    func reopened() async throws -> ImageStore {
        await images.finishRemovals()
        let store = try await ImageStore.open(
            root: HostPath(folder.path), metadata: metadata, blocking: blocking, registries: registry, settings: settings)
        await store.finishRemovals()
        return store
    }

    func close() async {
        await images.finishRemovals()
        await blocking.shutdown()
        folder.remove()
    }

    /// Runs a test with a fixture of its own.
    static func with<Result: Sendable>(
        _ settings: ImageSettings = ImageSettings(), _ body: (ImageFixture) async throws -> Result
    ) async throws -> Result {
        let fixture = try await ImageFixture(settings)
        do {
            let result = try await body(fixture)
            await fixture.close()
            return result
        } catch {
            await fixture.close()
            throw error
        }
    }

    // MARK: What lies there

    var blobs: [String] { get throws { try names("content/blobs/sha256") } }
    var ingests: [String] { get throws { try names("content/ingest") } }
    /// Numbered folders only, when what was removed is gone.
    var snapshots: [String] {
        get async throws {
            await images.finishRemovals()
            return try names("snapshots").filter { $0 != "empty" }
        }
    }

    private func names(_ path: String) throws -> [String] {
        try HostPath(folder.path(path)).entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
    }

    /// Bytes of a blob's unfinished download.
    func received(_ digest: Digest) throws -> Int64 {
        let file = HostPath(folder.path("content/ingest/\(digest.downloadKey)"))
        return try file.exists() ? file.status().size : 0
    }

    /// A whole archive of some images.
    func save(_ names: [String]) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in try await images.save(names) { bytes += chunk }
        return bytes
    }

    /// A file of an image as its layers show it, the topmost first.
    func read(_ key: String, _ path: String) async throws -> String? {
        guard let layers = OverlayLayers(try await images.mounts(key: key)[0]) else { return nil }
        for directory in [layers.upper].compactMap({ $0 }) + layers.lowers {
            let file = HostPath(directory) / path
            if try file.exists() { return String(decoding: try file.read(limit: 1 << 20), as: UTF8.self) }
        }
        return nil
    }
}

/// News in order, from another thread.
final class ProgressLog: Sendable {
    private let log = Mutex<[ImageProgress]>([])
    var all: [ImageProgress] { log.withLock { $0 } }
    func add(_ progress: ImageProgress) { log.withLock { $0.append(progress) } }
}
