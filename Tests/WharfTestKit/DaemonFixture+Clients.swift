// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The fixture's clients: docker's and ours by command line, with or without a terminal, and the bare API.

public import Foundation
public import WharfJSON

extension DaemonFixture {
    /// The API without a client.
    public var api: UnixHTTP { UnixHTTP(socket: socket) }

    /// Runs a client to its end.
    public func run(
        _ client: Client, _ arguments: [String], stdin: [UInt8]? = nil, deadline: Duration = .seconds(60)
    ) async throws -> CommandResult {
        try await CommandLine.run(
            client.program, ["-H", host] + arguments, stdin: stdin, environment: environment, deadline: deadline)
    }

    /// Runs docker's client to its end; an exit code other than 0 is an error.
    @discardableResult
    public func docker(_ arguments: String..., stdin: [UInt8]? = nil) async throws -> CommandResult {
        try await run(.docker, arguments, stdin: stdin).expecting(0)
    }

    /// Runs our client to its end; an exit code other than 0 is an error.
    @discardableResult
    public func wharf(_ arguments: String..., stdin: [UInt8]? = nil) async throws -> CommandResult {
        try await run(.wharf, arguments, stdin: stdin).expecting(0)
    }

    /// Starts a client that the test talks to.
    public func start(_ client: Client, _ arguments: [String], streams: ChildProcess.Streams) throws -> ChildProcess {
        try ChildProcess([client.program, "-H", host] + arguments, streams: streams, environment: environment)
    }

    /// Loads the image `busybox:latest`, or another one.
    public func load(_ image: BusyboxImage = BusyboxImage()) async throws {
        let reply = try await api.send(
            "POST", "/images/load?quiet=1", body: try image.dockerArchive(), headers: [("Content-Type", "application/x-tar")])
        guard reply.status == 200, !reply.text.contains("errorDetail") else { throw TestFailure("load: \(reply.status) \(reply.text)") }
    }

    /// The inspect document of a container.
    public func inspect(_ container: String) async throws -> JSONValue {
        let reply = try await api.send("GET", "/containers/\(container)/json")
        guard reply.status == 200 else { throw TestFailure("inspect \(container): \(reply.status) \(reply.text)") }
        return try reply.json()
    }

    /// The shim that stands beside a container.
    public func shim(of container: String) async throws -> pid_t {
        let id = try await inspect(container)["Id"]?.string ?? ""
        guard let pid = Leftovers.shims(ids: [id]).first else { throw TestFailure("no shim of \(container)") }
        return pid
    }

    /// The process id of a container's init, on the host.
    public func initProcess(of container: String) async throws -> pid_t {
        guard let pid = try await inspect(container)["State"]?["Pid"]?.int, pid > 0 else { throw TestFailure("\(container) does not run") }
        return pid_t(pid)
    }

    private var environment: [String: String] {
        ["HOME": home, "DOCKER_CONFIG": "\(home)/.docker", "DOCKER_HOST": host, "DOCKER_CLI_HINTS": "false", "TERM": "xterm"]
    }
}
