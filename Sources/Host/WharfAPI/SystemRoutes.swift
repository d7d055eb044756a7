// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/_ping`, `/version`, `/info`, `/system/df`, `/events`.

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP

/// What is asked of the daemon as a whole.
struct SystemRoutes<Events: EventBackend>: Sendable {
    let system: any SystemBackend
    let events: Events

    var routes: [DockerAPI.Route] {
        [
            .init("GET", "/_ping", ping),
            .init("HEAD", "/_ping", ping),
            .init("GET", "/version", version),
            .init("GET", "/info", info),
            .init("GET", "/system/df", diskUsage),
            .init("GET", "/events", subscribe),
        ]
    }

    @Sendable private func ping(_ request: APIRequest) async throws -> HTTPResponse {
        let facts = system.ping()
        return HTTPResponse(
            200,
            headers: [
                "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-cache, no-store, must-revalidate", "Pragma": "no-cache",
                "Builder-Version": facts.builderVersion, "Swarm": facts.swarm,
            ], content: request.http.method == "HEAD" ? .none : .bytes(Array("OK".utf8)))
    }

    @Sendable private func version(_ request: APIRequest) async throws -> HTTPResponse { .json(system.version()) }

    @Sendable private func info(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await system.info().shaped(for: request.version))
    }

    @Sendable private func diskUsage(_ request: APIRequest) async throws -> HTTPResponse {
        var options = DiskUsageOptions()
        let kinds = request.texts("type")
        if request.version >= APIVersion(1, 42), !kinds.isEmpty {
            options.kinds = []
            for name in kinds {
                guard let kind = DiskUsageOptions.Kind(rawValue: name) else {
                    throw WharfError(.invalidArgument, "unknown object type: \(name)")
                }
                options.kinds.insert(kind)
            }
        }
        options.verbose = request.flag("verbose")
        return .json(try await system.diskUsage(options).shaped(for: request.version))
    }

    @Sendable private func subscribe(_ request: APIRequest) async throws -> HTTPResponse {
        let version = request.version
        let stream = try await events.subscribe(
            since: request.time("since"), until: request.time("until"), filters: request.filters(),
            cursor: request.integer("cursor").map { Int64($0) })
        return .messages(whenGone: .cancels) { send in
            try await stream.run { try await send($0.shaped(for: version)) }
        }
    }
}
