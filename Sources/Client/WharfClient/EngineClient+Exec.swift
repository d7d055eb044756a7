// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Exec: processes beside a container's first one.

public import WharfDockerAPI
import WharfHTTP
import WharfJSON

extension EngineClient {
    /// `POST /containers/{id}/exec`: the exec's id.
    public func createExec(in container: String, _ request: ExecCreateRequest) async throws -> String {
        let query = Query("containers", container, "exec")
        return try await fetch(ExecCreateResponse.self, "POST", query, .bytes(JSON.encode(request))).id
    }

    /// `POST /exec/{id}/start` with the streams attached.
    public func startExec(_ id: String, _ request: ExecStartRequest) async throws -> AttachedStream {
        try await hijack(Query("exec", id, "start"), JSON.encode(request))
    }

    /// `POST /exec/{id}/start` without streams.
    public func startExecDetached(_ id: String, _ request: ExecStartRequest) async throws {
        var request = request
        request.detach = true
        try await perform("POST", Query("exec", id, "start"), .bytes(JSON.encode(request)))
    }

    /// `POST /exec/{id}/resize`
    public func resizeExec(_ id: String, to size: ConsoleSize) async throws {
        var query = Query("exec", id, "resize")
        query.add("h", String(size.height))
        query.add("w", String(size.width))
        try await perform("POST", query, .bytes([]))
    }

    /// `GET /exec/{id}/json`
    public func exec(_ id: String) async throws -> ExecInspect {
        try await fetch(ExecInspect.self, "GET", Query("exec", id, "json"))
    }
}
