// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The typed client of the Engine API. One struct, one extension per noun; each method is one request. The version
// is negotiated once, by a ping before the first request, as docker's client does.

import Synchronization
public import WharfDockerAPI
import WharfError
import WharfHTTP
import WharfJSON
public import WharfLinux

/// Speaks to one daemon. Cheap to copy.
public struct EngineClient: Sendable {
    /// The daemon's address, for messages.
    public let host: EngineHost
    private let http: HTTPClient
    private let negotiated: Negotiated
    private let userAgent: String
    private let headers: [(name: String, value: String)]

    /// What a daemon's answer may cost: lists of many thousand containers fit.
    static let limits = JSONLimits(bytes: 256 << 20, depth: 256)

    /// A client that has not connected yet. With `version` (DOCKER_API_VERSION) nothing is negotiated; `headers` go with
    /// every request (`HttpHeaders` of the user's configuration).
    public init(host: EngineHost, version: APIVersion? = nil, userAgent: String, headers: [(name: String, value: String)] = []) {
        self.host = host
        self.userAgent = userAgent
        self.headers = headers
        http = HTTPClient(endpoint: host.endpoint)
        negotiated = Negotiated(version)
    }

    // MARK: Requests

    /// Sends and returns an answer below 400; throws `DaemonError` for the rest. `auth` are credentials for the registry that
    /// the daemon will talk to.
    func send(
        _ method: String, _ query: Query, _ content: HTTPClientRequest.Content = .none, type: String = "application/json",
        auth: AuthConfig? = nil
    ) async throws -> HTTPClientResponse {
        let version = try await apiVersion()
        var request = request(method, "/v\(version)" + query.target, content, type: type)
        if let auth { request.headers["X-Registry-Auth"] = auth.header }
        let response = try await connected { try await http.send(request) }
        return try await checked(response)
    }

    /// Sends and reads the answer's JSON.
    func fetch<T: Decodable>(
        _ type: T.Type, _ method: String, _ query: Query, _ content: HTTPClientRequest.Content = .none
    ) async throws -> T {
        let response = try await send(method, query, content)
        return try await decode(type, response)
    }

    /// Sends and reads the answer's list, which may be long.
    func fetchList<T: JSONReadable>(of type: T.Type, _ method: String, _ query: Query) async throws -> [T] {
        let bytes = try await send(method, query).body.collect(upTo: Self.limits.bytes)
        return try JSON.decodeList(of: type, from: bytes, limits: Self.limits)
    }

    /// Sends and ignores the answer's body.
    func perform(_ method: String, _ query: Query, _ content: HTTPClientRequest.Content = .none) async throws {
        let response = try await send(method, query, content)
        _ = try await response.body.collect(upTo: Self.limits.bytes)
    }

    /// Sends and reads the answer as a document without a type of its own.
    func document(_ query: Query) async throws -> JSONValue {
        let response = try await send("GET", query)
        return try JSON.parse(try await response.body.collect(upTo: Self.limits.bytes), limits: Self.limits)
    }

    /// Takes the connection over. The daemon's error when it declines.
    func hijack(_ query: Query, _ body: [UInt8] = []) async throws -> AttachedStream {
        let version = try await apiVersion()
        let request = request("POST", "/v\(version)" + query.target, .bytes(body), type: "application/json")
        switch try await connected({ try await http.hijack(request) }) {
        case .switched(_, let headers, let connection):
            let type = headers["Content-Type"]
            return AttachedStream(connection: connection, contentType: type)
        case .declined(let response):
            _ = try await checked(response)
            throw WharfError(.internal, "unable to upgrade to tcp, received \(response.status)")
        }
    }

    func decode<T: Decodable>(_ type: T.Type, _ response: HTTPClientResponse) async throws -> T {
        let bytes = try await response.body.collect(upTo: Self.limits.bytes)
        return try JSON.decode(type, from: bytes, keys: .caseInsensitive, limits: Self.limits)
    }

    private func request(_ method: String, _ target: String, _ content: HTTPClientRequest.Content, type: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(method, target, content: content)
        request.headers["User-Agent"] = userAgent
        for header in headers { request.headers[header.name] = header.value }
        if case .none = content {} else { request.headers["Content-Type"] = type }
        return request
    }

    private func checked(_ response: HTTPClientResponse) async throws -> HTTPClientResponse {
        guard response.status >= 400 else { return response }
        let bytes = try await response.body.collect(upTo: 1 << 20)
        let text = String(decoding: bytes, as: UTF8.self)
        let told = (try? JSON.decode(ErrorResponse.self, from: bytes))?.message  // Not JSON: the text itself is the message.
        var message = told ?? ""
        if message.isEmpty { message = text.isEmpty ? "status \(response.status) without a message" : text }
        while let last = message.last, last.isWhitespace { message.removeLast() }
        throw DaemonError(status: response.status, message: message)
    }

    /// Says in docker's words that nobody listens.
    private func connected<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as WharfError where error.code == .unavailable && error.message.hasPrefix("connect to") {
            if let number = error.errno, errnoText(number) == "permission denied" {
                throw WharfError(
                    .unavailable, "permission denied while trying to connect to the Wharf daemon socket at \(host)", cause: error,
                    errno: number)
            }
            throw WharfError(
                .unavailable, "Cannot connect to the Wharf daemon at \(host). Is the wharfd daemon running?", cause: error,
                errno: error.errno)
        }
    }

    // MARK: Negotiation

    /// The version to speak: the daemon's newest, at most ours. Pings at the first call.
    public func apiVersion() async throws -> APIVersion {
        if let version = negotiated.value { return version }
        let offered = try await ping().apiVersion
        let version = min(max(offered ?? .minimum, .minimum), .current)
        negotiated.value = version
        return version
    }

    /// `GET /_ping`, which every version answers.
    public func ping() async throws -> PingAnswer {
        let response = try await connected { try await http.send(request("GET", "/_ping", .none, type: "")) }
        let checked = try await checked(response)
        _ = try await checked.body.collect(upTo: 1 << 16)
        return PingAnswer(
            apiVersion: checked.headers["Api-Version"].flatMap { APIVersion($0) }, osType: checked.headers["Ostype"] ?? "",
            isExperimental: checked.headers["Docker-Experimental"] == "true")
    }
}

/// What `/_ping` tells in its headers.
public struct PingAnswer: Sendable, Equatable {
    /// The daemon's newest version; nil when it says none.
    public let apiVersion: APIVersion?
    public let osType: String
    public let isExperimental: Bool
}

/// A connection that has left HTTP.
public struct AttachedStream: Sendable {
    /// The socket, and what came behind the answer's head.
    public let connection: HijackedConnection
    /// `application/vnd.docker.raw-stream` or `…multiplexed-stream`; nil from old daemons.
    public let contentType: String?
}

/// The version once it is known; shared by the copies of a client.
private final class Negotiated: Sendable {
    private let version: Mutex<APIVersion?>

    init(_ version: APIVersion?) { self.version = Mutex(version) }

    var value: APIVersion? {
        get { version.withLock { $0 } }
        set { version.withLock { $0 = newValue } }
    }
}
