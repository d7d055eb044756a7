// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The parts of `/containers` that answer for as long as something happens: attach, logs, wait.

import WharfDockerAPI
import WharfError
import WharfHTTP
import WharfJSON

/// Containers as streams.
struct ContainerStreamRoutes<Backend: ContainerStreamBackend>: Sendable {
    let containers: Backend

    var routes: [DockerAPI.Route] {
        [
            .init("POST", "/containers/{id}/attach", attach),
            .init("GET", "/containers/{id}/attach/ws", attachWebSocket),
            .init("GET", "/containers/{id}/logs", logs),
            .init("POST", "/containers/{id}/wait", wait),
        ]
    }

    @Sendable private func attach(_ request: APIRequest) async throws -> HTTPResponse {
        let session = try await containers.attach(request.path("id"), options: attachOptions(request))
        return .session(session, request)
    }

    /// The stream as frames: bytes since 1.28, text before.
    @Sendable private func attachWebSocket(_ request: APIRequest) async throws -> HTTPResponse {
        var options = attachOptions(request)
        options.isRaw = true
        let session = try await containers.attach(request.path("id"), options: options)
        return try .webSocket(request.http, isText: request.version < APIVersion(1, 28)) { await session.run($0) }
    }

    private func attachOptions(_ request: APIRequest) -> ContainerAttachOptions {
        var options = ContainerAttachOptions()
        options.stdin = request.flag("stdin")
        options.stdout = request.flag("stdout")
        options.stderr = request.flag("stderr")
        options.stream = request.flag("stream")
        options.logs = request.flag("logs")
        options.detachKeys = request.text("detachKeys")
        return options
    }

    @Sendable private func logs(_ request: APIRequest) async throws -> HTTPResponse {
        var options = ContainerLogsOptions()
        options.stdout = request.flag("stdout")
        options.stderr = request.flag("stderr")
        options.follow = request.flag("follow")
        options.timestamps = request.flag("timestamps")
        options.details = request.flag("details")
        options.since = try request.time("since")
        options.until = try request.time("until")
        // "all", and what Docker can't read, is everything.
        options.tail = Int(request.text("tail")).flatMap { $0 < 0 ? nil : $0 }
        let stream = try await containers.logs(request.path("id"), options: options)
        let type = streamType(isTTY: stream.isTTY, version: request.version)
        return HTTPResponse(
            200, headers: ["Content-Type": type],
            content: .stream(whenGone: .cancels) { writer in
                try await stream.run { try await writer.write($0) }
            })
    }

    /// The head is sent as soon as the wait is registered: clients start the container behind it.
    @Sendable private func wait(_ request: APIRequest) async throws -> HTTPResponse {
        let text = request.version < APIVersion(1, 30) ? "" : request.text("condition")
        guard let condition = text.isEmpty ? .notRunning : WaitCondition(rawValue: text) else {
            throw WharfError(.invalidArgument, "invalid condition: \"\(text)\"")
        }
        let handle = try containers.wait(request.path("id"), condition: condition)
        return .messages(whenGone: .cancels) { send in
            do {
                try await send(try await handle.value())
            } catch let error as WharfError {
                try await send(ContainerWaitResponse(error: ContainerWaitError(message: error.message), statusCode: -1))
            }
        }
    }
}
