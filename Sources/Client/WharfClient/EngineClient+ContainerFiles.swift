// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Files of containers: archives in and out, and what changed.

public import WharfDockerAPI
import WharfError
import WharfHTTP
import WharfJSON

/// What stands at a path of a container, and it as a tar archive.
public struct ContainerArchive: Sendable {
    public let stat: ContainerPathStat
    public let content: ByteStream
}

extension EngineClient {
    /// `HEAD /containers/{id}/archive`
    public func containerPathStat(_ id: String, path: String) async throws -> ContainerPathStat {
        let response = try await send("HEAD", archiveQuery(id, path))
        return try stat(response)
    }

    /// `GET /containers/{id}/archive`
    public func containerArchive(_ id: String, path: String) async throws -> ContainerArchive {
        let response = try await send("GET", archiveQuery(id, path))
        return ContainerArchive(stat: try stat(response), content: ByteStream(body: response.body))
    }

    /// `PUT /containers/{id}/archive`
    public func putContainerArchive(_ id: String, _ archive: UploadBody, _ options: ContainerArchivePutOptions) async throws {
        var query = archiveQuery(id, options.path)
        if options.noOverwriteDirNonDir { query.add("noOverwriteDirNonDir", "true") }
        if options.copyUIDGID { query.add("copyUIDGID", "true") }
        let response = try await send("PUT", query, .stream(archive.body), type: "application/x-tar")
        _ = try await response.body.collect(upTo: Self.limits.bytes)
    }

    private func archiveQuery(_ id: String, _ path: String) -> Query {
        var query = Query("containers", id, "archive")
        query.add("path", path)
        return query
    }

    private func stat(_ response: HTTPClientResponse) throws -> ContainerPathStat {
        let value = response.headers[ContainerPathStat.header] ?? ""
        guard let stat = ContainerPathStat(headerValue: value) else {
            throw WharfError(.internal, "unable to get resource stat from response: \(ContainerPathStat.header) is \"\(value)\"")
        }
        return stat
    }

    /// `GET /containers/{id}/export`
    public func exportContainer(_ id: String) async throws -> ByteStream {
        ByteStream(body: try await send("GET", Query("containers", id, "export")).body)
    }

    /// `GET /containers/{id}/changes`
    public func containerChanges(_ id: String) async throws -> [FilesystemChange] {
        try await fetch([FilesystemChange]?.self, "GET", Query("containers", id, "changes")) ?? []
    }
}
