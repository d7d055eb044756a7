// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One request to one server: authorisation, redirects and the caps of answers. The rules of who may see what are here: an
// authorisation never leaves the server it was made for, and a registry with TLS can't send us to a place without.

internal import Logging
internal import WharfError
internal import WharfHTTP
internal import WharfOutbound

/// What is asked of a server.
struct RegistryRequest {
    var method: String
    /// Below the server's base, or where it told us to go on (an upload).
    var url: WebURL
    var headers = HTTPHeaders()
    var content = HTTPClientRequest.Content.none
    /// The scopes that a token needs: `repository:library/busybox:pull`.
    var scopes: [String] = []
    var answerTime: Duration?

    init(_ method: String, _ url: WebURL, scopes: [String] = []) {
        self.method = method
        self.url = url
        self.scopes = scopes
    }

    /// Docker's `Get "https://…"`; without the query, where storages keep secrets.
    var what: String {
        "\(method.prefix(1))\(method.dropFirst().lowercased()) \"\(url.scheme.rawValue)://\(url.authority)\(url.path)\""
    }

    fileprivate var isRepeatable: Bool { if case .stream = content { false } else { true } }
}

/// Sends requests.
struct Requester: Sendable {
    let client: OutboundClient
    let selection: HostSelection
    let userAgent: String

    /// More hops than this are a loop.
    private static let redirectLimit = 10
    /// How often a server may ask for another authorisation before it is believed.
    private static let authorizationLimit = 2

    /// The answer, whatever its status but 401.
    func send(_ request: RegistryRequest, to host: RegistryHost, as authorizer: Authorizer) async throws(RegistryProblem) -> RegistryReply {
        var rounds = 0
        while true {
            let isHome = request.url.isSameOrigin(as: host.base)
            let authorization = isHome ? try await authorizer.authorization(for: host, request.scopes) : nil
            let reply = try await follow(request, host, authorization)
            guard reply.status == 401, reply.isOwn, isHome else {
                if reply.isOwn { selection.answered(host) }
                return reply
            }
            selection.answered(host)
            let denied = await reply.problem()
            rounds += 1
            guard rounds <= Self.authorizationLimit else { throw denied }
            let challenges = AuthChallenge.parse(reply.headers.all("WWW-Authenticate"))
            try await authorizer.renew(for: host, request.scopes, challenges, rejected: authorization, denied)
            guard request.isRepeatable else { throw RegistryProblem(.again, "\(request.what): the authorisation had expired") }
        }
    }

    /// The answer, when its status is one of `expected`; throws for all others.
    func send(
        _ request: RegistryRequest, to host: RegistryHost, as authorizer: Authorizer, expecting expected: Set<Int>
    ) async throws(RegistryProblem) -> RegistryReply {
        let reply = try await send(request, to: host, as: authorizer)
        guard expected.contains(reply.status) else { throw await reply.problem() }
        return reply
    }

    // MARK: Redirects

    private func follow(
        _ request: RegistryRequest, _ host: RegistryHost, _ authorization: String?
    ) async throws(RegistryProblem) -> RegistryReply {
        var url = request.url
        var seen: Set<WebURL> = [url]
        while true {
            let isHome = url.isSameOrigin(as: host.base)
            let outbound = try await outbound(request, url, host, authorization: isHome ? authorization : nil)
            let answer: HTTPClientResponse
            do {
                answer = try await client.send(outbound)
            } catch {
                throw RegistryProblem(error, request.what + (isHome ? "" : ": at \(url.authority)"))
            }
            let reply = RegistryReply(
                status: answer.status, headers: answer.headers, body: answer.body, url: url, isOwn: isHome, what: request.what)
            guard let next = try Self.redirect(request, reply, host) else { return reply }
            guard seen.count <= Self.redirectLimit, seen.insert(next).inserted else {
                throw RegistryProblem(.lie, "\(request.what): the registry redirects in a loop")
            }
            url = next
        }
    }

    private func outbound(
        _ request: RegistryRequest, _ url: WebURL, _ host: RegistryHost, authorization: String?
    ) async throws(RegistryProblem) -> OutboundRequest {
        let isHome = url.isSameOrigin(as: host.base)
        var outbound = OutboundRequest(request.method, url, headers: request.headers, content: request.content)
        do {
            outbound.trust = isHome ? host.trust : try await selection.trust(at: url)
        } catch {
            throw RegistryProblem(error, request.what)
        }
        outbound.headers["User-Agent"] = userAgent
        outbound.headers["Accept-Encoding"] = "identity"
        if isHome {
            for (name, value) in host.headers { outbound.headers.add(name, value) }
            outbound.headers["Authorization"] = authorization
        }
        outbound.connectTime = host.connectTime
        outbound.answerTime = request.answerTime
        return outbound
    }

    /// Where an answer sends us, nil when it is one.
    private static func redirect(
        _ request: RegistryRequest, _ reply: RegistryReply, _ host: RegistryHost
    ) throws(RegistryProblem) -> WebURL? {
        let isRead = request.method == "GET" || request.method == "HEAD"
        let moved: Set<Int> = isRead ? [301, 302, 303, 307, 308] : [307, 308]
        guard moved.contains(reply.status), let location = reply.headers["Location"] else { return nil }
        guard request.isRepeatable else {
            throw RegistryProblem(.lie, "\(request.what): the registry redirects an upload that is under way")
        }
        guard let next = reply.url.resolving(location) else {
            throw RegistryProblem(.lie, "\(request.what): the registry redirects to what is no http or https address")
        }
        guard next.scheme == .https || reply.url.scheme == .http || host.isInsecure else {
            throw RegistryProblem(.lie, "\(request.what): the registry redirects to \(next.authority) without TLS")
        }
        return next
    }
}
