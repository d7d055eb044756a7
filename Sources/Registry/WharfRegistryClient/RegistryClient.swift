// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The client of every registry: one per daemon, so that connections are shared. Gives sessions on repositories, and does what
// needs none: search and login.

public import Logging
public import WharfError
internal import WharfHTTP
internal import WharfOutbound
internal import WharfJSON
public import WharfOCI

/// The client of every registry.
public final class RegistryClient: RegistryAccess {
    private let settings: RegistrySettings
    private let requester: Requester
    private let logger: Logger

    public init(settings: RegistrySettings, logger: Logger) {
        var outbound = OutboundClient.Settings()
        outbound.proxies = settings.proxies
        outbound.connectTime = settings.connectTime
        outbound.stallTime = settings.stallTime
        self.settings = settings
        self.logger = logger
        // The library's own log would carry headers, and with them credentials.
        requester = Requester(client: OutboundClient(outbound), selection: HostSelection(settings), userAgent: settings.userAgent)
    }

    /// Closes every connection; sessions are of no use afterwards.
    public func shutdown() async { await requester.client.shutdown() }

    public func repository(_ name: Reference, credentials: RegistryCredentials?, actions: RegistryActions) -> any RegistrySession {
        RepositorySession(
            name, actions: actions, settings: settings, requester: requester, authorizer: authorizer(credentials), logger: logger)
    }

    private func authorizer(_ credentials: RegistryCredentials?, isOffline: Bool = false) -> Authorizer {
        var options = TokenService.Options()
        options.isOffline = isOffline
        options.userAgent = settings.userAgent
        return Authorizer(credentials, client: requester.client, options: options)
    }

    // MARK: Search

    /// The longest list of results that is read.
    private static let searchLimit = 8 << 20

    public func search(
        _ term: String, registry: String, limit: Int, credentials: RegistryCredentials?
    ) async throws(WharfError) -> [RegistrySearchResult] {
        let isHub = registry.utf8.elementsEqual(RegistryNames.hub.utf8)
        let authorizer = authorizer(credentials)
        do {
            let document = try await origins(isHub ? RegistryNames.hubIndex : registry) { host throws(RegistryProblem) in
                let url = host.base.with(target: "/v1/search").adding("q", term).adding("n", String(limit))
                let reply = try await self.requester.send(RegistryRequest("GET", url), to: host, as: authorizer, expecting: [200])
                let bytes = try await reply.collect(upTo: Self.searchLimit, "the list of results")
                do {
                    return try JSON.parse(bytes, limits: JSONLimits(bytes: Self.searchLimit, depth: 16))
                } catch {
                    throw RegistryProblem(.lie, "\(reply.what): \(error)")
                }
            }
            return (document["results"]?.array ?? []).prefix(limit).compactMap(Self.result)
        } catch {
            throw Self.failure(error, "search \(registry)")
        }
    }

    private static func result(_ value: JSONValue) -> RegistrySearchResult? {
        guard let name = value["name"]?.string, !name.isEmpty else { return nil }
        return RegistrySearchResult(
            name: name, description: value["description"]?.string ?? "", stars: value["star_count"]?.int ?? 0,
            isOfficial: value["is_official"]?.bool ?? false, isAutomated: value["is_automated"]?.bool ?? false)
    }

    // MARK: Login

    public func login(_ server: String, credentials: RegistryCredentials) async throws(WharfError) -> RegistryLogin {
        let domain = RegistryNames.domain(ofServer: server)
        let authorizer = authorizer(credentials, isOffline: true)
        do {
            try await origins(domain) { host throws(RegistryProblem) in
                let request = RegistryRequest("GET", host.url("/"))
                _ = try await self.requester.send(request, to: host, as: authorizer, expecting: [200])
            }
            return RegistryLogin(status: "Login Succeeded", identityToken: authorizer.refreshToken)
        } catch {
            throw Self.failure(error, "login to \(domain)")
        }
    }

    /// Asks the registry itself: credentials are for no mirror.
    private func origins<T>(
        _ domain: String, _ body: (RegistryHost) async throws(RegistryProblem) -> T
    ) async throws(RegistryProblem) -> T {
        let hosts: [RegistryHost]
        do {
            hosts = try await requester.selection.hosts(for: domain).filter(\.isOrigin)
        } catch {
            throw RegistryProblem(error, "registry \(domain)")
        }
        for (index, host) in hosts.enumerated() {
            do {
                return try await body(host)
            } catch {
                guard index < hosts.count - 1, error.leadsElsewhere(from: host) else { throw error }
            }
        }
        throw RegistryProblem(.setting, "registry \(domain) has no server")
    }

    private static func failure(_ problem: RegistryProblem, _ verb: String) -> WharfError {
        let text = "\(verb): \(problem.text)"
        switch problem.kind {
        case .cancelled: return WharfError(.cancelled, text, cause: problem)
        case .setting: return WharfError(.invalidArgument, text, cause: problem)
        case .noCredentials, .status(401), .status(403): return WharfError(.unauthorized, text, cause: problem)
        case .status(404): return WharfError(.notFound, text, cause: problem)
        case .lie: return WharfError(.dataLoss, text, cause: problem)
        case .again, .status, .transport: return WharfError(.unavailable, text, cause: problem)
        }
    }
}
