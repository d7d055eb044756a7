// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Containers while they live: pause, rename, top, stats, events, prune.

public import WharfDockerAPI
import WharfHTTP
public import WharfJSON

extension EngineClient {
    /// `POST /containers/{id}/pause`
    public func pauseContainer(_ id: String) async throws { try await perform("POST", Query("containers", id, "pause"), .bytes([])) }

    /// `POST /containers/{id}/unpause`
    public func unpauseContainer(_ id: String) async throws { try await perform("POST", Query("containers", id, "unpause"), .bytes([])) }

    /// `POST /containers/{id}/rename`
    public func renameContainer(_ id: String, to name: String) async throws {
        var query = Query("containers", id, "rename")
        query.add("name", name)
        try await perform("POST", query, .bytes([]))
    }

    /// `GET /containers/{id}/top`; `arguments` are ps's.
    public func containerTop(_ id: String, arguments: [String]) async throws -> ContainerTopResponse {
        var query = Query("containers", id, "top")
        query.addNonEmpty("ps_args", arguments.joined(separator: " "))
        return try await fetch(ContainerTopResponse.self, "GET", query)
    }

    /// `GET /containers/{id}/stats`: one JSON document a line.
    public func containerStats(_ id: String, stream: Bool) async throws -> ByteStream {
        var query = Query("containers", id, "stats")
        query.add("stream", stream ? "1" : "0")
        return ByteStream(body: try await send("GET", query).body)
    }

    /// `POST /containers/prune`
    public func pruneContainers(_ filters: Filters) async throws -> ContainerPruneResponse {
        var query = Query("containers", "prune")
        query.addNonEmpty("filters", filters.parameter)
        return try await fetch(ContainerPruneResponse.self, "POST", query, .bytes([]))
    }

    /// `GET /events`: one JSON document a line.
    public func events(since: Timestamp?, until: Timestamp?, filters: Filters) async throws -> ByteStream {
        var query = Query("events")
        query.addNonEmpty("since", since.map(Self.unixTime))
        query.addNonEmpty("until", until.map(Self.unixTime))
        query.addNonEmpty("filters", filters.parameter)
        return ByteStream(body: try await send("GET", query).body)
    }
}
