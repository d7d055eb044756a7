// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/containers/{id}/exec` and `/exec`.

import WharfDockerAPI
import WharfError
import WharfHTTP

/// Further processes in running containers.
struct ExecRoutes<Backend: ExecBackend>: Sendable {
    let exec: Backend

    var routes: [DockerAPI.Route] {
        [
            .init("POST", "/containers/{id}/exec", create),
            .init("POST", "/exec/{id}/start", start),
            .init("POST", "/exec/{id}/resize", resize),
            .init("GET", "/exec/{id}/json", inspect),
        ]
    }

    @Sendable private func create(_ request: APIRequest) async throws -> HTTPResponse {
        guard let body = try await request.body(ExecCreateRequest.self) else {
            throw WharfError(.invalidArgument, "no exec command specified")
        }
        return .json(try await exec.create(request.path("id"), body.shaped(for: request.version)), status: 201)
    }

    @Sendable private func start(_ request: APIRequest) async throws -> HTTPResponse {
        let body = try await request.body(ExecStartRequest.self)?.shaped(for: request.version) ?? ExecStartRequest()
        if body.detach {
            try await exec.startDetached(request.path("id"), body)
            return HTTPResponse(200)
        }
        let session = try await exec.start(request.path("id"), body)
        return .session(session, request)
    }

    @Sendable private func resize(_ request: APIRequest) async throws -> HTTPResponse {
        try await exec.resize(request.path("id"), rows: request.size("h"), columns: request.size("w"))
        return HTTPResponse(200)
    }

    @Sendable private func inspect(_ request: APIRequest) async throws -> HTTPResponse { .json(try await exec.inspect(request.path("id"))) }
}
