// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is asked of registries without pulling: `/images/search`, `/distribution`, `/auth`.

import WharfDockerAPI
import WharfError
import WharfHTTP

/// Registries.
struct RegistryRoutes: Sendable {
    let registries: any RegistryBackend

    var routes: [DockerAPI.Route] {
        [
            .init("GET", "/images/search", search),
            .init("GET", "/distribution/{name...}/json", distribution),
            .init("POST", "/auth", login),
        ]
    }

    @Sendable private func search(_ request: APIRequest) async throws -> HTTPResponse {
        let limit: Int?
        do { limit = try request.integer("limit") } catch {
            throw WharfError(.invalidArgument, "invalid limit specified: \(error.message)", cause: error)
        }
        guard limit ?? 0 >= 0 else { throw WharfError(.invalidArgument, "invalid limit specified") }
        return .json(
            try await registries.search(
                ImageSearchOptions(term: request.text("term"), limit: limit ?? 0, filters: request.filters(), auth: request.auth())))
    }

    @Sendable private func distribution(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await registries.distribution(request.path("name"), auth: request.auth()))
    }

    @Sendable private func login(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await registries.login(try await request.body(AuthConfig.self) ?? AuthConfig()))
    }
}
