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
import WharfSnapshots
import WharfTestKit

/// An image store in a temporary folder.
final class ImageFixture: Sendable {
    let folder: TemporaryDirectory
    let blocking: Blocking
    let metadata: MetadataStore
    let images: ImageStore

    init() async throws {
        let folder = try TemporaryDirectory("images")
        let blocking = Blocking(ownThreads: 2)
        let metadata = try MetadataStore(path: folder.path("wharf.db"))
        self.folder = folder
        self.blocking = blocking
        self.metadata = metadata
        images = try await ImageStore.open(root: HostPath(folder.path), metadata: metadata, blocking: blocking)
    }

    /// A second store on the same folder, as after a restart.
    func reopened() async throws -> ImageStore {
        try await ImageStore.open(root: HostPath(folder.path), metadata: metadata, blocking: blocking)
    }

    func close() async {
        await blocking.shutdown()
        folder.remove()
    }

    /// Runs a test with a fixture of its own.
    static func with<Result: Sendable>(_ body: (ImageFixture) async throws -> Result) async throws -> Result {
        let fixture = try await ImageFixture()
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
    /// Numbered folders only.
    var snapshots: [String] { get throws { try names("snapshots").filter { $0 != "empty" } } }

    private func names(_ path: String) throws -> [String] {
        try HostPath(folder.path(path)).entries().map { String(decoding: $0.name, as: UTF8.self) }.sorted()
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
