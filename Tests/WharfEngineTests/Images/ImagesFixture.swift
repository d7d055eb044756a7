// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The noun `images` over a real image store, with fake shims: what Docker says about images, without a daemon. Layers carry
// owners, so these tests need root.

import Glibc
import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfImages
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfTestKit

@testable import WharfEngine

/// Whether this process may write layers.
let canWriteLayers = geteuid() == 0

/// Images and containers in a folder of their own.
final class ImagesFixture: Sendable {
    let folder: TemporaryDirectory
    let blocking = Blocking(ownThreads: 2)
    let metadata: MetadataStore
    let store: ImageStore
    let tasks = FakeTaskService()
    let containers: Containers
    let images: Images
    let system: HostSystem

    init() async throws {
        folder = try TemporaryDirectory("engine-images")
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        metadata = try MetadataStore(path: folder.path("wharf.db"), logger: quiet)
        let root = HostPath(folder.path)
        store = try await ImageStore.open(root: root, metadata: metadata, blocking: blocking, logger: quiet)
        let events = Events(store: metadata, blocking: blocking)
        containers = try Containers(
            tasks: tasks, images: StoredContainerImages(store), store: metadata, events: events, blocking: blocking, root: root,
            host: .example, log: quiet)
        images = Images(store, containers: containers) { url in
            guard url == "http://here/x.tar" else { throw WharfError(.notFound, "nothing at \(url)") }
            return OneChunk(try BusyboxImage().rootFileSystem())
        }
        system = HostSystem(
            identity: .init(id: "x", version: "1", commit: "", buildTime: "", root: folder.path, runtimePath: "/x"),
            containers: containers, images: images, events: events, store: metadata)
    }

    /// Runs a test with a fixture of its own.
    static func with<Result: Sendable>(_ body: (ImagesFixture) async throws -> Result) async throws -> Result {
        let fixture = try await ImagesFixture()
        do {
            let result = try await body(fixture)
            await fixture.close()
            return result
        } catch {
            await fixture.close()
            throw error
        }
    }

    private func close() async {
        await blocking.shutdown()
        folder.remove()
    }

    /// Loads an image with a file of its own, so that no two are the same.
    @discardableResult
    func load(_ name: String?, config: [String] = []) async throws -> ImageInspect {
        let archive = try BusyboxImage(name: name, config: config, files: [.init("etc/of", (name ?? "none") + "\n")]).dockerArchive()
        let ids = MessageLog()
        try await images.load(OneChunk(archive), quiet: true) { ids.add($0) }
        let text = ids.all.map(\.stream).joined()
        let word = text.split(separator: " ").last.map(String.init)?.filter { $0 != "\n" } ?? ""
        return try await images.inspect(word)
    }

    /// A container of an image.
    func create(_ image: String, _ change: (inout ContainerConfig) -> Void = { _ in }) async throws -> String {
        var config = ContainerConfig()
        config.image = image
        config.cmd = ["sleep", "9"]
        change(&config)
        var host = HostConfig()
        host.networkMode = "none"
        return try await containers.create(ContainerCreateRequest(config: config, hostConfig: host)).id
    }

    /// All events so far.
    func news() async throws -> [EngineEvent] {
        try await blocking.own { [metadata] in
            try metadata.read { try $0.events(after: 0, limit: 10_000) }.map { try JSON.decode(EngineEvent.self, from: $0.document) }
        }
    }
}

/// A body of one chunk.
struct OneChunk: AsyncSequence, Sendable {
    typealias Element = [UInt8]
    typealias Failure = any Error
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: [UInt8]?

        mutating func next() async throws -> [UInt8]? {
            defer { rest = nil }
            return rest
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: bytes) }
}
