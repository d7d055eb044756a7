// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Fetches bearer tokens where a registry's 401 sends us (distribution: token and oauth2 authentication). That address is the
// registry's word: credentials go there only over what the registry itself is trusted over, and never to this machine's own
// services because somebody far away says so.

internal import WharfHTTP
internal import WharfOutbound
internal import WharfJSON

/// A token and how long it is good for.
struct RegistryToken: Sendable {
    let text: String
    let expires: ContinuousClock.Instant
    /// A token for getting more tokens, empty when there is none.
    var refresh = ""

    var isFresh: Bool { ContinuousClock.now < expires }
}

/// Where tokens come from, as a challenge said.
struct TokenService: Sendable, Equatable {
    let realm: WebURL
    let service: String
    /// What the challenge itself asked for.
    let scope: String

    /// The longest answer that is read.
    private static let limit = 1 << 20

    /// Throws `lie` for a realm that credentials and requests may not go to.
    init(_ challenge: AuthChallenge, of host: RegistryHost) throws(RegistryProblem) {
        let text = challenge.parameters["realm"] ?? ""
        guard let realm = WebURL(text) else {
            throw RegistryProblem(.lie, "registry \(host.name) names a token service that is no http or https address")
        }
        guard realm.scheme == .https || host.isInsecure else {
            throw RegistryProblem(.lie, "registry \(host.name) names a token service without TLS, \(realm.authority)")
        }
        let isSameHost = realm.host.utf8.elementsEqual(host.base.host.utf8)
        guard isSameHost || !Self.isLocal(realm.host) || Self.isLocal(host.base.host) else {
            throw RegistryProblem(.lie, "registry \(host.name) names a token service on this machine, \(realm.authority)")
        }
        self.realm = realm
        service = challenge.parameters["service"] ?? ""
        scope = challenge.parameters["scope"] ?? ""
    }

    private static func isLocal(_ host: String) -> Bool {
        host.utf8.elementsEqual("localhost".utf8) || host.hasSuffix(".localhost") || IPAddress(host)?.isLocal ?? false
    }

    /// How a fetch differs from the usual.
    struct Options {
        /// Ask for a refresh token too, as a login does.
        var isOffline = false
        var userAgent = "wharf"
    }

    /// Fetches a token. Credentials are nil for whom the host may not see.
    func fetch(
        _ scopes: [String], of host: RegistryHost, as credentials: RegistryCredentials?, by client: OutboundClient, _ options: Options
    ) async throws(RegistryProblem) -> RegistryToken {
        let isSameHost = realm.host.utf8.elementsEqual(host.base.host.utf8)
        let trust = isSameHost ? host.trust : host.trust.withoutClientCertificate
        var request: OutboundRequest
        if let credentials, !credentials.identityToken.isEmpty {
            request = OutboundRequest("POST", realm, content: .bytes(Self.form(refresh(credentials, scopes))), trust: trust)
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
        } else {
            var url = realm
            for scope in scopes { url = url.adding("scope", scope) }
            if !service.isEmpty { url = url.adding("service", service) }
            if options.isOffline { url = url.adding("offline_token", "true").adding("client_id", "wharf") }
            let user = credentials?.username ?? ""
            if !user.isEmpty { url = url.adding("account", user) }
            request = OutboundRequest("GET", url, trust: trust)
            if let credentials, !user.isEmpty {
                request.headers["Authorization"] = "Basic " + base64(Array("\(user):\(credentials.password)".utf8))
            }
        }
        request.headers["User-Agent"] = options.userAgent
        request.headers["Accept"] = "application/json"
        request.headers["Accept-Encoding"] = "identity"
        let what = "\(request.method == "GET" ? "Get" : "Post") \"\(realm.scheme.rawValue)://\(realm.authority)\(realm.path)\""
        do {
            let answer = try await client.send(request)
            let reply = RegistryReply(
                status: answer.status, headers: answer.headers, body: answer.body, url: realm, isOwn: true, what: what)
            guard answer.status == 200 else { throw await reply.problem() }
            return try Self.token(try await reply.collect(upTo: Self.limit, "the answer of the token service"), realm)
        } catch {
            throw RegistryProblem(error, what)
        }
    }

    private func refresh(_ credentials: RegistryCredentials, _ scopes: [String]) -> [(String, String)] {
        [
            ("grant_type", "refresh_token"), ("service", service), ("client_id", "wharf"), ("scope", scopes.joined(separator: " ")),
            ("refresh_token", credentials.identityToken),
        ]
    }

    private static func form(_ fields: [(String, String)]) -> [UInt8] {
        Array(fields.map { "\($0.0)=\(WebURL.escape($0.1))" }.joined(separator: "&").utf8)
    }

    private static func token(_ bytes: [UInt8], _ realm: WebURL) throws(RegistryProblem) -> RegistryToken {
        let document: JSONValue
        do {
            document = try JSON.parse(bytes, limits: JSONLimits(bytes: limit, depth: 32))
        } catch {
            throw RegistryProblem(.lie, "the token service \(realm.authority) gave no token: \(error)")
        }
        let text = [document["token"]?.string, document["access_token"]?.string].lazy.compactMap { $0 }.first { !$0.isEmpty }
        guard let text, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw RegistryProblem(.lie, "the token service \(realm.authority) gave no token")
        }
        // A little early, so that a token does not expire on its way; without a word it is 60 seconds (token specification).
        let seconds = min(max(document["expires_in"]?.int ?? 60, 0), 86_400)
        let life = Duration.seconds(seconds == 0 ? 60 : seconds) * 9 / 10
        return RegistryToken(
            text: text, expires: ContinuousClock.now + life, refresh: document["refresh_token"]?.string ?? "")
    }
}
