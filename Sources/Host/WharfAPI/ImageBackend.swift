// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The narrow things that `/images`, `/distribution`, `/auth`, `/commit`, `/info` and `/events` need of the engine.

import WharfDockerAPI
import WharfEngine
import WharfHTTP
import WharfJSON

/// Images as they lie here: shown, named, removed.
protocol ImageBackend: Sendable {
    func list(_ options: ImageListOptions) async throws -> [ImageSummary]
    func inspect(_ name: String, platform: OCIPlatform?, manifests: Bool) async throws -> ImageInspect
    func history(_ name: String, platform: OCIPlatform?) async throws -> [ImageHistoryItem]
    func tag(_ name: String, repository: String, tag: String) async throws
    func remove(_ name: String, options: ImageRemoveOptions) async throws -> [ImageDeleteItem]
    func prune(_ filters: Filters) async throws -> ImagePruneResponse
}

/// Images on their way in or out. Bodies are archives, read once; `write` gets the progress, or the archive.
protocol ImageTransferBackend: Sendable {
    func pull(_ options: ImagePullOptions, write: @escaping @Sendable (ProgressMessage) async throws -> Void) async throws
    func push(_ name: String, _ options: ImagePushOptions, write: @escaping @Sendable (ProgressMessage) async throws -> Void) async throws
    func load(
        _ body: HTTPBody, quiet: Bool, platforms: [OCIPlatform], write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws
    func importTar(
        _ body: HTTPBody, _ request: ImageImportRequest, write: @escaping @Sendable (ProgressMessage) async throws -> Void
    ) async throws
    func save(_ names: [String], platforms: [OCIPlatform], write: @Sendable ([UInt8]) async throws -> Void) async throws
}

/// Registries, without pulling anything.
protocol RegistryBackend: Sendable {
    func search(_ options: ImageSearchOptions) async throws -> [ImageSearchResult]
    func distribution(_ name: String, auth: AuthConfig) async throws -> DistributionInspect
    func login(_ auth: AuthConfig) async throws -> AuthResponse
}

/// Images of containers.
protocol CommitBackend: Sendable {
    func commit(_ options: ImageCommitOptions) async throws -> IDResponse
}

/// The daemon as a whole.
protocol SystemBackend: Sendable {
    func ping() -> PingFacts
    func version() -> SystemVersion
    func info() async throws -> SystemInfo
    func diskUsage(_ options: DiskUsageOptions) async throws -> DiskUsage
}

/// What happened and what happens.
protocol EventBackend: Sendable {
    associatedtype Source: EventSource

    func subscribe(since: Timestamp?, until: Timestamp?, filters: Filters, cursor: Int64?) async throws -> Source
}

extension Images: ImageBackend {}
extension Images: ImageTransferBackend {}
extension Images: RegistryBackend {}
extension Images: CommitBackend {}
extension HostSystem: SystemBackend {}
extension Events: EventBackend {}
