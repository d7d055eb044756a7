// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Containers: one method per operation of `/containers`.

public import WharfDockerAPI
import WharfHTTP
public import WharfJSON

extension EngineClient {
    /// `POST /containers/create`
    public func createContainer(
        _ request: ContainerCreateRequest, name: String = "", platform: String = ""
    ) async throws
        -> ContainerCreateResponse
    {
        var query = Query("containers", "create")
        query.addNonEmpty("name", name)
        query.addNonEmpty("platform", platform)
        return try await fetch(ContainerCreateResponse.self, "POST", query, .bytes(JSON.encode(request)))
    }

    /// `POST /containers/{id}/start`; starting a running container is no error.
    public func startContainer(_ id: String, detachKeys: String = "") async throws {
        var query = Query("containers", id, "start")
        query.addNonEmpty("detachKeys", detachKeys)
        try await perform("POST", query, .bytes([]))
    }

    /// `POST /containers/{id}/stop`
    public func stopContainer(_ id: String, _ options: ContainerStopOptions = ContainerStopOptions()) async throws {
        try await perform("POST", stopQuery("stop", id, options), .bytes([]))
    }

    /// `POST /containers/{id}/restart`
    public func restartContainer(_ id: String, _ options: ContainerStopOptions = ContainerStopOptions()) async throws {
        try await perform("POST", stopQuery("restart", id, options), .bytes([]))
    }

    /// `POST /containers/{id}/update`
    public func updateContainer(_ id: String, _ request: ContainerUpdateRequest) async throws -> ContainerUpdateResponse {
        try await fetch(ContainerUpdateResponse.self, "POST", Query("containers", id, "update"), .bytes(JSON.encode(request)))
    }

    private func stopQuery(_ verb: String, _ id: String, _ options: ContainerStopOptions) -> Query {
        var query = Query("containers", id, verb)
        query.addNonEmpty("signal", options.signal)
        query.addNonEmpty("t", options.timeoutSeconds.map { String($0) })
        return query
    }

    /// `POST /containers/{id}/kill`; an empty signal is KILL.
    public func killContainer(_ id: String, signal: String = "") async throws {
        var query = Query("containers", id, "kill")
        query.addNonEmpty("signal", signal)
        try await perform("POST", query, .bytes([]))
    }

    /// `DELETE /containers/{id}`
    public func removeContainer(_ id: String, _ options: ContainerRemoveOptions = ContainerRemoveOptions()) async throws {
        var query = Query("containers", id)
        query.addFlag("force", options.force)
        query.addFlag("v", options.volumes)
        query.addFlag("link", options.link)
        try await perform("DELETE", query)
    }

    /// `GET /containers/json`
    public func containers(_ options: ContainerListOptions = ContainerListOptions()) async throws -> [ContainerSummary] {
        var query = Query("containers", "json")
        query.addFlag("all", options.all)
        if options.limit > 0 { query.add("limit", String(options.limit)) }
        query.addFlag("size", options.size)
        query.addNonEmpty("filters", options.filters.parameter)
        return try await fetch([ContainerSummary].self, "GET", query)
    }

    /// `GET /containers/{id}/json`
    public func container(_ id: String) async throws -> ContainerInspect {
        try await fetch(ContainerInspect.self, "GET", Query("containers", id, "json"))
    }

    /// `GET /containers/{id}/json` as it came.
    public func containerDocument(_ id: String, size: Bool = false) async throws -> JSONValue {
        var query = Query("containers", id, "json")
        query.addFlag("size", size)
        return try await document(query)
    }

    /// `GET /containers/{id}/logs`: framed for a container without a terminal.
    public func containerLogs(_ id: String, _ options: ContainerLogsOptions) async throws -> ByteStream {
        var query = Query("containers", id, "logs")
        query.addFlag("stdout", options.stdout)
        query.addFlag("stderr", options.stderr)
        query.addFlag("follow", options.follow)
        query.addFlag("timestamps", options.timestamps)
        query.addFlag("details", options.details)
        query.addNonEmpty("since", options.since.map(Self.unixTime))
        query.addNonEmpty("until", options.until.map(Self.unixTime))
        query.add("tail", options.tail.map { String($0) } ?? "all")
        return ByteStream(body: try await send("GET", query).body)
    }

    /// `1136073600.000000001`, the form that the daemon reads.
    static func unixTime(_ time: Timestamp) -> String {
        let fraction = String(time.nanoseconds)
        return "\(time.seconds)." + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction
    }

    /// `POST /containers/{id}/attach`
    public func attachContainer(_ id: String, _ options: ContainerAttachOptions) async throws -> AttachedStream {
        var query = Query("containers", id, "attach")
        query.addFlag("stream", options.stream)
        query.addFlag("stdin", options.stdin)
        query.addFlag("stdout", options.stdout)
        query.addFlag("stderr", options.stderr)
        query.addFlag("logs", options.logs)
        query.addNonEmpty("detachKeys", options.detachKeys)
        return try await hijack(query)
    }

    /// `POST /containers/{id}/resize`
    public func resizeContainer(_ id: String, to size: ConsoleSize) async throws {
        var query = Query("containers", id, "resize")
        query.add("h", String(size.height))
        query.add("w", String(size.width))
        try await perform("POST", query, .bytes([]))
    }

    /// `POST /containers/{id}/wait`: returns as soon as the daemon has begun to wait, so that a start behind it can't
    /// be missed.
    public func waitForContainer(_ id: String, _ condition: WaitCondition) async throws -> PendingWait {
        var query = Query("containers", id, "wait")
        query.add("condition", condition.rawValue)
        let response = try await send("POST", query, .bytes([]))
        return PendingWait(client: self, response: response)
    }
}

/// A wait that the daemon has begun.
public struct PendingWait: Sendable {
    let client: EngineClient
    let response: HTTPClientResponse

    /// The exit code; throws when the connection breaks, and the daemon's own error when waiting failed.
    public func exitCode() async throws -> Int {
        let answer = try await client.decode(ContainerWaitResponse.self, response)
        if let error = answer.error, !error.message.isEmpty { throw DaemonError(status: 500, message: error.message) }
        return Int(answer.statusCode)
    }
}
