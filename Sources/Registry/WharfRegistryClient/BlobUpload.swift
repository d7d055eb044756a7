// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One blob being sent. A small state machine: open an upload, ask how far it got, send what is missing, close it with the digest;
// each failure leads back to one of these.
//
//   POST ──▶ PUT all ────────────────────▶ 201
//     └────▶ PATCH chunk ──▶ … ──▶ PUT ──▶ 201
//   broken ──▶ GET status ──▶ PATCH the rest ──▶ PUT

internal import Synchronization
internal import WharfError
internal import WharfHTTP
internal import WharfOutbound
internal import WharfOCI

/// The sending of one blob. Used by one task.
final class BlobUpload {
    private let session: RepositorySession
    private let descriptor: ContentDescriptor
    private let body: @Sendable (Int64) async throws -> BlobBytes
    private let progress: @Sendable (Int64) -> Void

    private var place: UploadPlace?
    /// Bytes that the registry has; nil when it has to be asked.
    private var offset: Int64? = 0
    /// The most that the registry can have.
    private var sent: Int64 = 0
    private var chunk: Int64?
    private var attempts: Attempts
    /// Whether bytes of this upload went over more than one connection.
    private var wasResumed = false
    /// Whether it was begun again because the registry's word about it can't be.
    private var wasRestarted = false

    /// The chunk that is used when a registry refuses a whole blob.
    private static let fallbackChunk: Int64 = 16 << 20

    init(
        _ session: RepositorySession, _ descriptor: ContentDescriptor, _ body: @escaping @Sendable (Int64) async throws -> BlobBytes,
        _ progress: @escaping @Sendable (Int64) -> Void
    ) {
        self.session = session
        self.descriptor = descriptor
        self.body = body
        self.progress = progress
        chunk = session.settings.uploadChunk
        attempts = Attempts(session.settings.retries)
        place = session.takeUpload(for: descriptor.digest)
    }

    /// Sends the blob. Throws `RegistryProblem`, or what the source of the bytes throws.
    func run(_ onRetry: @escaping @Sendable (RegistryRetry) -> Void) async throws {
        while true {
            do {
                if try await step() { return }
            } catch let problem as RegistryProblem {
                try recover(problem)
                guard let delay = attempts.delay(after: problem.asRetry(place == nil || offset == nil)) else { throw problem }
                try await pause(delay) { session.tell(delay, problem, onRetry) }
            }
        }
    }

    /// One request. True when the blob is there.
    private func step() async throws -> Bool {
        guard let place else {
            place = try await opened()
            offset = 0
            sent = 0
            return false
        }
        guard let offset else {
            self.offset = try await asked(place)
            return false
        }
        let rest = descriptor.size - offset
        let most = max(chunk ?? rest, place.smallestChunk ?? 0)
        if offset == 0, chunk == nil || rest <= most {
            try await put(place, from: 0, count: rest)
            return true
        }
        if rest > 0 {
            try await patch(place, from: offset, count: min(rest, most))
            return false
        }
        try await put(place, from: offset, count: 0)
        return true
    }

    /// What a failure means for the next step.
    private func recover(_ problem: RegistryProblem) throws {
        switch problem.kind {
        // The upload is gone: from the beginning.
        case .status(404), .status(410): place = nil
        case .status(416): offset = nil
        case .status(413), .status(405):
            guard chunk == nil, place != nil else { throw problem }
            chunk = Self.fallbackChunk
            offset = nil
        case .status(400), .lie:
            // What the registry put together of several connections may be at fault: once more, in one go.
            guard place != nil, sent > 0, wasResumed, !wasRestarted else { throw problem }
            wasRestarted = true
            place = nil
        case .again, .transport, .status:
            // The status request is the way to know; without an upload there is nothing to ask about.
            if place != nil { offset = nil }
        case .noCredentials, .setting, .cancelled: throw problem
        }
    }

    // MARK: Requests

    private func opened() async throws -> UploadPlace {
        try await session.ask(.push) { host throws(RegistryProblem) in
            let request = session.request("POST", host, "/blobs/uploads/")
            return try UploadPlace(try await session.send(request, to: host, expecting: [202]), host)
        }
    }

    /// How many bytes the registry has.
    private func asked(_ place: UploadPlace) async throws -> Int64 {
        wasResumed = true
        let request = RegistryRequest("GET", place.url, scopes: [session.scope])
        let reply = try await session.send(request, to: place.host, expecting: [204, 202, 200])
        let count = try Self.received(reply, isStatus: true) ?? 0
        guard count <= sent, count <= descriptor.size else {
            throw RegistryProblem(.lie, "\(request.what): the registry says it has \(count) bytes where \(sent) were sent")
        }
        if reply.headers["Location"] != nil { self.place = try UploadPlace(reply, place.host) }
        return count
    }

    private func patch(_ place: UploadPlace, from start: Int64, count: Int64) async throws {
        var request = RegistryRequest("PATCH", place.url, scopes: [session.scope])
        request.headers["Content-Type"] = "application/octet-stream"
        request.headers["Content-Range"] = "\(start)-\(start + count - 1)"
        request.answerTime = session.settings.answerTime
        let reply = try await send(&request, place, from: start, count: count, expecting: [202, 201, 204])
        let received = try Self.received(reply, isStatus: false) ?? start + count
        guard received <= start + count else {
            throw RegistryProblem(.lie, "\(request.what): the registry says it has \(received) bytes where \(start + count) were sent")
        }
        offset = received
        self.place = reply.headers["Location"] == nil ? place : try UploadPlace(reply, place.host)
        if received > start { attempts.succeeded() }
    }

    private func put(_ place: UploadPlace, from start: Int64, count: Int64) async throws {
        var request = RegistryRequest("PUT", place.url.adding("digest", descriptor.digest.description), scopes: [session.scope])
        request.headers["Content-Type"] = "application/octet-stream"
        request.answerTime = session.settings.answerTime
        let reply = try await send(&request, place, from: start, count: count, expecting: [201, 204])
        if let told = reply.headers["Docker-Content-Digest"].flatMap({ Digest($0) }), told.algorithm == descriptor.digest.algorithm,
            told != descriptor.digest
        {
            throw RegistryProblem(.lie, "\(request.what): the registry stored \(told) where \(descriptor.digest) was sent")
        }
    }

    private func send(
        _ request: inout RegistryRequest, _ place: UploadPlace, from start: Int64, count: Int64, expecting expected: Set<Int>
    ) async throws -> RegistryReply {
        guard count > 0 else {
            request.content = .bytes([])
            return try await session.send(request, to: place.host, expecting: expected)
        }
        let source = UploadSource(try await body(start), from: start, count: count, progress)
        request.content = .stream(HTTPBody(length: Int(count)) { try await source.next() })
        defer { sent = max(sent, source.given) }
        do {
            return try await session.send(request, to: place.host, expecting: expected)
        } catch {
            if let cause = source.failure { throw cause }
            throw error
        }
    }

    /// The bytes that a registry has: `Range: 0-99`, or `bytes=0-99` of some. A status of `0-0` is none.
    private static func received(_ reply: RegistryReply, isStatus: Bool) throws(RegistryProblem) -> Int64? {
        guard var text = reply.headers["Range"] else { return nil }
        if text.utf8.starts(with: "bytes=".utf8) { text = String(text.dropFirst(6)) }
        let ends = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false).map { Int64(Substring($0)) }
        guard ends.count == 2, ends[0] == 0, let last = ends[1], last >= -1, last < Int64.max else {
            throw RegistryProblem(.lie, "\(reply.what): the registry says it has the bytes \"\(text.prefix(64))\"")
        }
        return isStatus && last == 0 ? 0 : last + 1
    }
}

extension RegistryProblem {
    /// For an upload that goes on from a known place, more is worth trying again than elsewhere.
    fileprivate func asRetry(_ recovered: Bool) -> RegistryProblem {
        guard recovered else { return self }
        switch kind {
        case .status(404), .status(410), .status(416), .status(413), .status(405), .status(400), .lie:
            return RegistryProblem(.transport(.broken), text)
        default: return self
        }
    }
}

/// The bytes of one request of an upload, counted.
private final class UploadSource: Sendable {
    private struct State {
        var position: Int64
        var rest: Int64
        var failure: (any Error)?
    }

    private let read: @Sendable () async throws -> [UInt8]?
    private let progress: @Sendable (Int64) -> Void
    private let state: Mutex<State>

    init(_ bytes: BlobBytes, from start: Int64, count: Int64, _ progress: @escaping @Sendable (Int64) -> Void) {
        read = bytes.read
        self.progress = progress
        state = Mutex(State(position: start, rest: count))
    }

    /// The place in the blob behind what was given.
    var given: Int64 { state.withLock { $0.position } }

    /// What the source of the bytes threw.
    var failure: (any Error)? { state.withLock { $0.failure } }

    func next() async throws -> [UInt8]? {
        let rest = state.withLock { $0.rest }
        guard rest > 0 else { return nil }
        do {
            guard var chunk = try await read() else { throw WharfError(.dataLoss, "a blob ends \(rest) bytes early while it is sent") }
            if Int64(chunk.count) > rest { chunk.removeLast(chunk.count - Int(rest)) }
            let position = state.withLock { state in
                state.position += Int64(chunk.count)
                state.rest -= Int64(chunk.count)
                return state.position
            }
            progress(position)
            return chunk
        } catch {
            state.withLock { $0.failure = error }
            throw error
        }
    }
}
