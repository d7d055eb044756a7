// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How answers are written: JSON in memory, JSON as a stream, raw streams, nothing. And the one place where an error
// becomes a status.

import Synchronization
import WharfDockerAPI
import WharfError
import WharfHTTP
import WharfJSON

extension HTTPResponse {
    /// A JSON document with a line end, as Go's encoder writes it.
    static func json(_ value: some JSONWritable, status: Int = 200) -> HTTPResponse {
        var writer = JSONWriter()
        writer.value(value)
        writer.newline()
        return HTTPResponse(status, headers: ["Content-Type": "application/json"], content: .bytes(writer.bytes))
    }

    static let noContent = HTTPResponse(204)

    /// A success without words.
    static let created = HTTPResponse(201)

    /// JSON documents as they come, one a line. The head goes out at once.
    ///
    /// An error behind the head is told as Docker does: as a last message of the stream.
    static func messages(
        whenGone: GoneClient,
        _ run: @escaping @Sendable (@escaping @Sendable (any JSONWritable & Sendable) async throws -> Void) async throws -> Void
    ) -> HTTPResponse {
        HTTPResponse(
            200, headers: ["Content-Type": "application/json"],
            content: .stream(whenGone: whenGone) { writer in
                try await run { message in
                    var json = JSONWriter()
                    message.write(to: &json)
                    json.newline()
                    try await writer.write(json.bytes)
                }
            })
    }

    /// A stream of Docker's progress messages whose head waits for the first one: what fails before is an answer with a status
    /// of its own, what fails behind it is the last message.
    static func progress(
        _ request: APIRequest, whenGone: GoneClient,
        _ work: @escaping @Sendable (@escaping @Sendable (ProgressMessage) async throws -> Void) async throws -> Void
    ) -> HTTPResponse {
        let version = request.version
        return HTTPResponse(
            200, headers: ["Content-Type": "application/json"],
            content: .lateStream(whenGone: whenGone, refuse: { failure(.from($0)) }) { writer in
                let hasBegun = Atomic(false)
                @Sendable func send(_ message: ProgressMessage) async throws {
                    var json = JSONWriter()
                    message.shaped(for: version).write(to: &json)
                    json.newline()
                    hasBegun.store(true, ordering: .relaxed)
                    try await writer.write(json.bytes)
                }
                do {
                    try await work(send)
                } catch  where hasBegun.load(ordering: .relaxed) {
                    try await send(ProgressMessage(failure: WharfError.from(error).message))
                }
            })
    }

    /// Gives the connection to a session. Without `Upgrade` the type is raw whatever is framed, as it always was.
    static func session(_ session: any ConnectionSession, _ request: APIRequest) -> HTTPResponse {
        let isRaw = session.isTTY || request.http.upgrade == nil
        return .hijack(request.http, contentType: streamType(isTTY: isRaw, version: request.version)) { await session.run($0) }
    }

    /// Docker's error document.
    static func failure(_ error: WharfError) -> HTTPResponse {
        let status = error.code.httpStatus
        if status == 304 { return HTTPResponse(status) }
        return .json(ErrorResponse(message: error.message), status: status)
    }
}

extension WharfError.Code {
    /// The status of Docker's API for a class of errors (moby, daemon/server/httpstatus).
    var httpStatus: Int {
        switch self {
        case .invalidArgument: 400
        case .notFound: 404
        case .alreadyExists, .conflict: 409
        case .notModified: 304
        case .unauthorized: 401
        case .forbidden: 403
        case .unavailable: 503
        case .notImplemented: 501
        case .cancelled, .deadlineExceeded, .outOfDisk, .dataLoss, .internal: 500
        }
    }
}

extension WharfError {
    /// Any error as the one type: what a noun did not convert is a mistake of the daemon, and is shown as one.
    static func from(_ error: any Error) -> WharfError {
        switch error {
        case let error as WharfError: error
        case is CancellationError: WharfError(.cancelled, "the request was cancelled", cause: error)
        default: WharfError(.internal, "\(error)", cause: error)
        }
    }
}

/// The media types of attach, exec and logs: with a terminal bytes are raw, without one each piece has a header that
/// names its stream; clients learn which since API 1.42.
func streamType(isTTY: Bool, version: APIVersion) -> String {
    isTTY || version < APIVersion(1, 42) ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream"
}
