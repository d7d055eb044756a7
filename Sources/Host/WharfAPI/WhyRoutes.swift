// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/containers/{id}/why`: Wharf's own question, why a container ended.

import WharfDockerAPI
import WharfEngine
import WharfHTTP

/// Who knows.
protocol WhyBackend: Sendable {
    func why(_ reference: String, limit: Int) async throws -> [ContainerExitExplanation]
}

extension Containers: WhyBackend {}

/// Explanations of exits.
struct WhyRoutes: Sendable {
    let containers: any WhyBackend

    var routes: [DockerAPI.Route] { [.init("GET", "/containers/{id}/why", why)] }

    @Sendable private func why(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await containers.why(request.path("id"), limit: max(1, try request.integer("limit") ?? 10)))
    }
}
