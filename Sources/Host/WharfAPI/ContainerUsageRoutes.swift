// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What containers do and take: `/containers/{id}/top`, `stats`, and `/containers/prune`.

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP

/// Statistics that were opened.
protocol StatsSource: Sendable {
    /// Hands over samples, until their end or cancellation.
    func run(_ write: @Sendable (ContainerStats) async throws -> Void) async throws
}

/// What usage routes need of the engine.
protocol ContainerUsageBackend: Sendable {
    associatedtype Stats: StatsSource

    func top(_ reference: String, arguments: String) async throws -> ContainerTopResponse
    func stats(_ reference: String, options: ContainerStatsOptions) async throws -> Stats
    func prune(_ filters: Filters) async throws -> ContainerPruneResponse
}

extension ContainerStatsStream: StatsSource {}
extension Containers: ContainerUsageBackend {}

/// Containers as processes.
struct ContainerUsageRoutes<Backend: ContainerUsageBackend>: Sendable {
    let containers: Backend

    var routes: [DockerAPI.Route] {
        [
            .init("GET", "/containers/{id}/top", top),
            .init("GET", "/containers/{id}/stats", stats),
            .init("POST", "/containers/prune", prune),
        ]
    }

    @Sendable private func top(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await containers.top(request.path("id"), arguments: request.text("ps_args")))
    }

    @Sendable private func stats(_ request: APIRequest) async throws -> HTTPResponse {
        let options = ContainerStatsOptions(
            stream: request.text("stream").isEmpty || request.flag("stream"),
            oneShot: request.version >= APIVersion(1, 41) && request.flag("one-shot"))
        let stream = try await containers.stats(request.path("id"), options: options)
        let version = request.version
        return .messages(whenGone: .cancels) { send in
            try await stream.run { try await send($0.shaped(for: version)) }
        }
    }

    @Sendable private func prune(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await containers.prune(request.filters()))
    }
}
