// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The narrow things that `/images`, `/info` and `/events` need of the engine.

import WharfDockerAPI
import WharfEngine
import WharfHTTP
import WharfJSON

/// Images: load, import, show, tag, remove. Bodies are archives, read once; `write` gets the progress.
protocol ImageBackend: Sendable {
    func list(_ options: ImageListOptions) async throws -> [ImageSummary]
    func inspect(_ name: String) async throws -> ImageInspect
    func history(_ name: String) async throws -> [ImageHistoryItem]
    func tag(_ name: String, repository: String, tag: String) async throws
    func remove(_ name: String, options: ImageRemoveOptions) async throws -> [ImageDeleteItem]
    func load(_ body: HTTPBody, quiet: Bool, platform: String, write: @Sendable (ProgressMessage) async throws -> Void) async throws
    func importTar(_ body: HTTPBody, _ request: ImageImportRequest, write: @Sendable (ProgressMessage) async throws -> Void) async throws
}

/// The daemon as a whole.
protocol SystemBackend: Sendable {
    func ping() -> PingFacts
    func version() -> SystemVersion
    func info() async throws -> SystemInfo
}

/// What happened and what happens.
protocol EventBackend: Sendable {
    associatedtype Source: EventSource

    func subscribe(since: Timestamp?, until: Timestamp?, filters: Filters) async throws -> Source
}

extension Images: ImageBackend {}
extension HostSystem: SystemBackend {}
extension Events: EventBackend {}
