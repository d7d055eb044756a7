// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `/containers`: decode, one call of the engine, encode. What streams stands in ContainerStreamRoutes.

import WharfDockerAPI
import WharfError
import WharfHTTP

/// Containers as records: made, shown, changed, ended.
struct ContainerRoutes: Sendable {
    let containers: any ContainerBackend

    var routes: [DockerAPI.Route] {
        [
            .init("GET", "/containers/json", list),
            .init("POST", "/containers/create", create),
            .init("GET", "/containers/{id}/json", inspect),
            .init("POST", "/containers/{id}/start", start),
            .init("POST", "/containers/{id}/stop", stop),
            .init("POST", "/containers/{id}/restart", restart),
            .init("POST", "/containers/{id}/kill", kill),
            .init("POST", "/containers/{id}/pause", pause),
            .init("POST", "/containers/{id}/unpause", unpause),
            .init("POST", "/containers/{id}/rename", rename),
            .init("POST", "/containers/{id}/resize", resize),
            .init("POST", "/containers/{id}/update", update),
            .init("DELETE", "/containers/{id}", remove),
        ]
    }

    @Sendable private func list(_ request: APIRequest) async throws -> HTTPResponse {
        let options = ContainerListOptions(
            all: request.flag("all"), limit: try request.integer("limit") ?? 0, size: request.flag("size"), filters: try request.filters())
        return .json(try await containers.list(options).shaped(for: request.version))
    }

    @Sendable private func create(_ request: APIRequest) async throws -> HTTPResponse {
        guard let body = try await request.body(ContainerCreateRequest.self) else {
            throw WharfError(.invalidArgument, "invalid JSON: got EOF while reading request body")
        }
        let name = request.text("name")
        let answer = try await containers.create(body.shaped(for: request.version), name: name.isEmpty ? nil : name)
        return .json(answer, status: 201)
    }

    @Sendable private func inspect(_ request: APIRequest) async throws -> HTTPResponse {
        .json(try await containers.inspect(request.path("id"), size: request.flag("size")).shaped(for: request.version))
    }

    @Sendable private func start(_ request: APIRequest) async throws -> HTTPResponse {
        // moby: some clients send "null" or "{}"; a real body is the HostConfig of API 1.23.
        if let length = request.http.body.length, length > 7 {
            throw WharfError(
                .invalidArgument,
                "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24")
        }
        guard request.text("checkpoint").isEmpty else {
            throw WharfError(.notImplemented, "starting from a checkpoint is not supported")
        }
        try await containers.start(request.path("id"))
        return .noContent
    }

    @Sendable private func stop(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.stop(request.path("id"), options: stopOptions(request))
        return .noContent
    }

    @Sendable private func restart(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.restart(request.path("id"), options: stopOptions(request))
        return .noContent
    }

    private func stopOptions(_ request: APIRequest) throws -> ContainerStopOptions {
        let signal = request.version < APIVersion(1, 42) ? "" : request.text("signal")
        return ContainerStopOptions(signal: signal, timeoutSeconds: try request.integer("t"))
    }

    @Sendable private func kill(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.kill(request.path("id"), signal: request.text("signal"))
        return .noContent
    }

    @Sendable private func pause(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.pause(request.path("id"))
        return .noContent
    }

    @Sendable private func unpause(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.unpause(request.path("id"))
        return .noContent
    }

    @Sendable private func rename(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.rename(request.path("id"), to: request.text("name"))
        return .noContent
    }

    @Sendable private func update(_ request: APIRequest) async throws -> HTTPResponse {
        guard let body = try await request.body(ContainerUpdateRequest.self) else {
            throw WharfError(.invalidArgument, "invalid JSON: got EOF while reading request body")
        }
        return .json(try await containers.update(request.path("id"), body.shaped(for: request.version)))
    }

    @Sendable private func resize(_ request: APIRequest) async throws -> HTTPResponse {
        try await containers.resize(request.path("id"), rows: request.size("h"), columns: request.size("w"))
        return HTTPResponse(200)
    }

    @Sendable private func remove(_ request: APIRequest) async throws -> HTTPResponse {
        let options = ContainerRemoveOptions(force: request.flag("force"), volumes: request.flag("v"), link: request.flag("link"))
        try await containers.remove(request.path("id"), options: options)
        return .noContent
    }
}
