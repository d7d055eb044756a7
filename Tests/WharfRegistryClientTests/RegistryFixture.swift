// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A client with short patience and a registry that it talks to.

import Logging
import Synchronization
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

/// What a test gets.
struct RegistryFixture: Sendable {
    let registry: FakeRegistry
    let client: RegistryClient
    let repository: Reference

    /// A session on the repository.
    func session(_ actions: RegistryActions = .pull, _ credentials: RegistryCredentials? = nil) -> any RegistrySession {
        client.repository(repository, credentials: credentials, actions: actions)
    }
}

/// Runs `body` with a registry and a client that gives up soon; the closure has the last word about its settings.
func withRegistry(
    _ options: FakeRegistry.Options = FakeRegistry.Options(),
    settings change: @escaping @Sendable (inout RegistrySettings, FakeRegistry) throws -> Void = { _, _ in },
    _ body: @escaping @Sendable (RegistryFixture) async throws -> Void
) async throws {
    try await withDeadline(.seconds(60), "a test with a registry") {
        try await FakeRegistry.run(options) { registry in
            var settings = quickSettings()
            try change(&settings, registry)
            let client = RegistryClient(settings: settings, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
            let repository = try Reference.parse("\(registry.host)/team/app")
            do {
                try await body(RegistryFixture(registry: registry, client: client, repository: repository))
                await client.shutdown()
            } catch {
                await client.shutdown()
                throw error
            }
        }
    }
}

/// Settings of a client that tries again within milliseconds and reads nobody's files.
func quickSettings() -> RegistrySettings {
    var settings = RegistrySettings()
    settings.retries.firstDelay = .milliseconds(1)
    settings.retries.longestDelay = .milliseconds(5)
    settings.retries.longestRetryAfter = .milliseconds(20)
    settings.certificateFolders = []
    return settings
}

/// Bytes that no two places of are alike.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

extension BlobDownload {
    /// Everything, from `offset` on.
    func all() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in body { bytes += chunk }
        return bytes
    }
}

/// A descriptor of a layer with these bytes.
func layer(_ bytes: [UInt8]) -> ContentDescriptor {
    ContentDescriptor(mediaType: MediaType.ociLayer, digest: FakeRegistry.digest(bytes), size: Int64(bytes.count))
}

/// A manifest of one config and some layers.
func manifest(_ layers: [ContentDescriptor], config: ContentDescriptor) -> [UInt8] {
    func text(_ part: ContentDescriptor) -> String {
        "{\"mediaType\":\"\(part.mediaType)\",\"digest\":\"\(part.digest)\",\"size\":\(part.size)}"
    }
    let list = layers.map(text).joined(separator: ",")
    return Array(
        "{\"schemaVersion\":2,\"mediaType\":\"\(MediaType.ociManifest)\",\"config\":\(text(config)),\"layers\":[\(list)]}".utf8)
}

/// Sends bytes from memory.
func upload(
    _ bytes: [UInt8], _ descriptor: ContentDescriptor? = nil, by session: any RegistrySession,
    progress: @escaping @Sendable (Int64) -> Void = { _ in }
) async throws {
    try await session.upload(
        descriptor ?? layer(bytes), body: { offset in pieces(Array(bytes[Int(offset)...])) }, progress: progress, onRetry: { _ in })
}

/// Bytes in pieces of 10,000.
func pieces(_ bytes: [UInt8]) -> BlobBytes {
    let rest = Mutex(bytes[...])
    return BlobBytes {
        rest.withLock { rest in
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(10_000) }
            return Array(rest.prefix(10_000))
        }
    }
}

/// The error of `body`, which must throw one.
func failure(_ body: () async throws -> Void) async throws -> WharfError {
    do {
        try await body()
    } catch let error as WharfError {
        return error
    }
    throw TestFailure("it succeeded")
}
