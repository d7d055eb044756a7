// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What one user shows to the servers of one session. Nothing is shown before a server has asked; credentials are for the registry
// itself, mirrors are asked without; a token is fetched once, however many requests wait for it.

internal import Synchronization
internal import WharfHTTP
internal import WharfOutbound

/// Authorisations by server and scope.
final class Authorizer: Sendable {
    /// What a server wants to see.
    private enum Way: Sendable {
        case basic
        case bearer(TokenService)
    }

    private struct TokenKey: Hashable {
        let server: String
        let scopes: [String]
    }

    private struct State {
        var ways: [String: Way] = [:]
        var tokens: [TokenKey: RegistryToken] = [:]
        var pending: [TokenKey: Task<Result<RegistryToken, RegistryProblem>, Never>] = [:]
    }

    private let credentials: RegistryCredentials?
    private let client: OutboundClient
    private let options: TokenService.Options
    private let state = Mutex(State())

    init(_ credentials: RegistryCredentials?, client: OutboundClient, options: TokenService.Options) {
        self.credentials = credentials.flatMap { $0.isEmpty ? nil : $0 }
        self.client = client
        self.options = options
    }

    /// The value of `Authorization` for a request, nil for none. Fetches a token when it is known that one is wanted.
    func authorization(for host: RegistryHost, _ scopes: [String]) async throws(RegistryProblem) -> String? {
        guard let way = state.withLock({ $0.ways[host.base.description] }) else { return own(host).flatMap(Self.bearer) }
        switch way {
        case .basic: return own(host).flatMap(Self.basic)
        case .bearer(let service):
            if let token = own(host).flatMap(Self.bearer) { return token }
            return "Bearer " + (try await token(service, host, scopes)).text
        }
    }

    /// The server answered 401. Throws when there is nothing better to show than what was rejected.
    func renew(
        for host: RegistryHost, _ scopes: [String], _ challenges: [AuthChallenge], rejected: String?, _ denied: RegistryProblem
    ) async throws(RegistryProblem) {
        if let given = own(host).flatMap(Self.bearer), given == rejected { throw denied }
        if let challenge = challenges.first(where: { $0.scheme == "bearer" }) {
            let service = try TokenService(challenge, of: host)
            let key = TokenKey(server: host.base.description, scopes: Self.all(scopes, service))
            state.withLock { state in
                state.ways[host.base.description] = .bearer(service)
                if let known = state.tokens[key], "Bearer " + known.text == rejected { state.tokens[key] = nil }
            }
            _ = try await token(service, host, scopes)
        } else if challenges.contains(where: { $0.scheme == "basic" }) {
            guard let header = own(host).flatMap(Self.basic) else {
                throw RegistryProblem(.noCredentials, "no basic auth credentials for \(host.name)")
            }
            guard header != rejected else { throw denied }
            state.withLock { $0.ways[host.base.description] = .basic }
        } else {
            throw denied
        }
    }

    /// The refresh token that came with the last token, empty when none did.
    var refreshToken: String { state.withLock { $0.tokens.values.first { !$0.refresh.isEmpty }?.refresh ?? "" } }

    // MARK: Tokens

    private func token(_ service: TokenService, _ host: RegistryHost, _ scopes: [String]) async throws(RegistryProblem) -> RegistryToken {
        let scopes = Self.all(scopes, service)
        let key = TokenKey(server: host.base.description, scopes: scopes)
        let (known, task) = state.withLock { state -> (RegistryToken?, Task<Result<RegistryToken, RegistryProblem>, Never>?) in
            if let token = state.tokens[key], token.isFresh { return (token, nil) }
            if let task = state.pending[key] { return (nil, task) }
            // A task of its own: it serves everybody who waits, so that no one's cancellation may end it.
            let task = Task { await self.fetch(service, host, scopes, key) }
            state.pending[key] = task
            return (nil, task)
        }
        if let known { return known }
        guard let task else { throw RegistryProblem(.noCredentials, "no token for \(host.name)") }
        return try await task.value.get()
    }

    private func fetch(
        _ service: TokenService, _ host: RegistryHost, _ scopes: [String], _ key: TokenKey
    ) async -> Result<RegistryToken, RegistryProblem> {
        let result: Result<RegistryToken, RegistryProblem>
        do {
            result = .success(try await service.fetch(scopes, of: host, as: own(host), by: client, options))
        } catch {
            result = .failure(error)
        }
        state.withLock { state in
            state.pending[key] = nil
            if case .success(let token) = result { state.tokens[key] = token }
        }
        return result
    }

    /// Ours, and what the challenge asks for beyond them.
    private static func all(_ scopes: [String], _ service: TokenService) -> [String] {
        let asked = service.scope.utf8.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        // The same resource with other actions is ours already, with all the actions that we need.
        return scopes + asked.filter { scope in !scopes.contains { resource($0) == resource(scope) } }
    }

    private static func resource(_ scope: String) -> String {
        scope.utf8.lastIndex(of: UInt8(ascii: ":")).map { String(scope[..<$0]) } ?? scope
    }

    // MARK: Credentials

    /// The credentials that this server may see.
    private func own(_ host: RegistryHost) -> RegistryCredentials? { host.isOrigin ? credentials : nil }

    private static func bearer(_ credentials: RegistryCredentials) -> String? {
        credentials.registryToken.isEmpty ? nil : "Bearer " + credentials.registryToken
    }

    private static func basic(_ credentials: RegistryCredentials) -> String? {
        credentials.username.isEmpty ? nil : "Basic " + base64(Array("\(credentials.username):\(credentials.password)".utf8))
    }
}
