// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/images`, as they lie here. An image's name may contain slashes: `{name...}` takes as many segments as the pattern
// leaves it.

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP
import WharfJSON

/// Images: show, tag, remove, prune.
struct ImageRoutes: Sendable {
    let images: any ImageBackend

    var routes: [DockerAPI.Route] {
        [
            .init("GET", "/images/json", list),
            .init("POST", "/images/prune", prune),
            .init("GET", "/images/{name...}/json", inspect),
            .init("GET", "/images/{name...}/history", history),
            .init("POST", "/images/{name...}/tag", tag),
            .init("DELETE", "/images/{name...}", remove),
        ]
    }

    @Sendable private func list(_ request: APIRequest) async throws -> HTTPResponse {
        var filters = try request.filters()
        // Up to 1.40 a name to filter by was a parameter of its own.
        if request.version < APIVersion(1, 41), !request.text("filter").isEmpty { filters.add("reference", request.text("filter")) }
        let options = ImageListOptions(
            all: request.flag("all"), filters: filters, sharedSize: request.version >= APIVersion(1, 42) && request.flag("shared-size"),
            digests: request.flag("digests"), manifests: request.version >= APIVersion(1, 47) && request.flag("manifests"))
        return .json(try await images.list(options).shaped(for: request.version))
    }

    @Sendable private func inspect(_ request: APIRequest) async throws -> HTTPResponse {
        let manifests = request.version >= APIVersion(1, 48) && request.flag("manifests")
        let platform = try request.platform(since: APIVersion(1, 49))
        guard !manifests || platform == nil else {
            throw WharfError(.invalidArgument, "conflicting options: manifests and platform options cannot both be set")
        }
        let inspect = try await images.inspect(request.path("name"), platform: platform, manifests: manifests)
        return .json(inspect.shaped(for: request.version))
    }

    @Sendable private func history(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await images.history(request.path("name"), platform: request.platform(since: APIVersion(1, 48))))
    }

    @Sendable private func tag(_ request: APIRequest) async throws -> HTTPResponse {
        try await images.tag(request.path("name"), repository: request.text("repo"), tag: request.text("tag"))
        return .created
    }

    @Sendable private func remove(_ request: APIRequest) async throws -> HTTPResponse {
        var options = ImageRemoveOptions(force: request.flag("force"), noPrune: request.flag("noprune"))
        if request.version >= APIVersion(1, 50) {
            for text in request.texts("platforms") {
                if let platform = try OCIPlatform.parameter(text) { options.platforms.append(platform) }
            }
        }
        return .json(try await images.remove(request.path("name"), options: options))
    }

    @Sendable private func prune(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await images.prune(request.filters()))
    }
}
