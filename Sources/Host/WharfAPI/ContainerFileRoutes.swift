// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The files of containers: `/containers/{id}/archive`, `export` and `changes`. What is refused before the first byte of an
// archive is a status.

import WharfDockerAPI
import WharfEngine
import WharfError
import WharfHTTP

/// What file routes need of the engine.
protocol ContainerFileBackend: Sendable {
    func pathStat(_ reference: String, path: String) async throws -> ContainerPathStat
    func archive(_ reference: String, path: String, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws
    func extract<Body: AsyncSequence & Sendable>(
        _ reference: String, _ body: Body, options: ContainerArchivePutOptions
    ) async throws where Body.Element == [UInt8]
    func export(_ reference: String, write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws
    func changes(_ reference: String) async throws -> [FilesystemChange]
}

extension Containers: ContainerFileBackend {}

/// Containers as files.
struct ContainerFileRoutes: Sendable {
    let containers: any ContainerFileBackend

    var routes: [DockerAPI.Route] {
        [
            .init("HEAD", "/containers/{id}/archive", stat),
            .init("GET", "/containers/{id}/archive", get),
            .init("PUT", "/containers/{id}/archive", put),
            .init("GET", "/containers/{id}/export", export),
            .init("GET", "/containers/{id}/changes", changes),
        ]
    }

    @Sendable private func stat(_ request: APIRequest) async throws -> HTTPResponse {
        let stat = try await containers.pathStat(request.path("id"), path: path(request))
        return HTTPResponse(200, headers: [ContainerPathStat.header: stat.headerValue])
    }

    @Sendable private func get(_ request: APIRequest) async throws -> HTTPResponse {
        let (id, path) = (request.path("id"), try path(request))
        let stat = try await containers.pathStat(id, path: path)
        let headers: HTTPHeaders = ["Content-Type": "application/x-tar", ContainerPathStat.header: stat.headerValue]
        return HTTPResponse(
            200, headers: headers,
            content: .lateStream(whenGone: .cancels, refuse: { .failure(.from($0)) }) { writer in
                try await containers.archive(id, path: path) { try await writer.write($0) }
            })
    }

    @Sendable private func put(_ request: APIRequest) async throws -> HTTPResponse {
        let options = ContainerArchivePutOptions(
            path: try path(request), noOverwriteDirNonDir: request.flag("noOverwriteDirNonDir"), copyUIDGID: request.flag("copyUIDGID"))
        try await containers.extract(request.path("id"), request.http.body, options: options)
        return HTTPResponse(200)
    }

    private func path(_ request: APIRequest) throws(WharfError) -> String {
        let path = request.text("path")
        guard !path.isEmpty else { throw WharfError(.invalidArgument, "bad parameter: path cannot be empty") }
        return path
    }

    @Sendable private func export(_ request: APIRequest) async throws -> HTTPResponse {
        let id = request.path("id")
        return HTTPResponse(
            200, headers: ["Content-Type": "application/octet-stream"],
            content: .lateStream(whenGone: .cancels, refuse: { .failure(.from($0)) }) { writer in
                try await containers.export(id) { try await writer.write($0) }
            })
    }

    @Sendable private func changes(_ request: APIRequest) async throws -> HTTPResponse {
        let changes = try await containers.changes(request.path("id"))
        // No change at all is null, as in Docker.
        return .json(changes.isEmpty ? nil : changes)
    }
}
