// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The real session: one repository, the servers that answer for it, and what one user shows them. Its verbs are in the files
// beside this one; here is how each finds a server: mirrors first, the registry last, the one that answered before all.

internal import Logging
internal import Synchronization
internal import WharfError
internal import WharfHTTP
internal import WharfOutbound
public import WharfOCI

/// A session on one repository. Made by `RegistryClient`.
public final class RepositorySession: RegistrySession {
    public let repository: Reference
    let settings: RegistrySettings
    let requester: Requester
    let authorizer: Authorizer
    let logger: Logger
    private let actions: RegistryActions

    private struct State {
        var hosts: [RegistryHost]?
        /// The base of the server that answered last.
        var preferred: WebURL?
        /// Uploads that the registry opened when it was asked to take a blob over, by digest.
        var openUploads: [Digest: UploadPlace] = [:]
    }

    private let state = Mutex(State())

    init(
        _ repository: Reference, actions: RegistryActions, settings: RegistrySettings, requester: Requester, authorizer: Authorizer,
        logger: Logger
    ) {
        self.repository = repository.withoutSuffix
        self.actions = actions
        self.settings = settings
        self.requester = requester
        self.authorizer = authorizer
        self.logger = logger
    }

    /// The scope of every request of this session.
    var scope: String { "repository:\(repository.path):\(actions == .pull ? "pull" : "pull,push")" }

    func request(_ method: String, _ host: RegistryHost, _ path: String) -> RegistryRequest {
        RegistryRequest(method, host.url("/\(repository.path)\(path)"), scopes: [scope])
    }

    func send(
        _ request: RegistryRequest, to host: RegistryHost, expecting expected: Set<Int>
    ) async throws(RegistryProblem) -> RegistryReply {
        try await requester.send(request, to: host, as: authorizer, expecting: expected)
    }

    // MARK: Which server

    /// The servers with an ability, the one that answered last first.
    func hosts(_ ability: RegistryHost.Ability) async throws(RegistryProblem) -> [RegistryHost] {
        var (hosts, preferred) = state.withLock { ($0.hosts, $0.preferred) }
        if hosts == nil {
            do {
                hosts = try await requester.selection.hosts(for: repository.domain)
            } catch {
                throw RegistryProblem(error, "registry \(repository.domain)")
            }
            state.withLock { $0.hosts = hosts }
        }
        let able = (hosts ?? []).filter { $0.abilities.contains(ability) && (ability != .push || $0.isOrigin) }
        guard !able.isEmpty else { throw RegistryProblem(.setting, "no server of \(repository.domain) is set up for this") }
        guard let first = able.first(where: { $0.base == preferred }) else { return able }
        // One that has answered without TLS, or with it, is not asked the other way any more: that would end the attempts at it.
        return [first] + able.filter { !$0.base.authority.utf8.elementsEqual(first.base.authority.utf8) }
    }

    /// Asks server after server until one has an answer. A server behind which others stand is asked once.
    func ask<T>(
        _ ability: RegistryHost.Ability, onRetry: @escaping @Sendable (RegistryRetry) -> Void = { _ in },
        _ body: (RegistryHost) async throws(RegistryProblem) -> T
    ) async throws(RegistryProblem) -> T {
        let hosts = try await hosts(ability)
        for (index, host) in hosts.enumerated() {
            let isLast = index == hosts.count - 1
            var policy = settings.retries
            if !isLast { policy.attempts = 1 }
            do {
                let value = try await retrying(policy, { tell($0, $1, onRetry) }) { () async throws(RegistryProblem) in try await body(host)
                }
                state.withLock { $0.preferred = host.base }
                return value
            } catch {
                guard !isLast, error.leadsElsewhere(from: host) else { throw error }
                logger.debug("another server is tried", metadata: ["server": "\(host.base)", "reason": "\(error.text)"])
            }
        }
        throw RegistryProblem(.setting, "no server of \(repository.domain) is set up for this")
    }

    /// Reports a pause.
    func tell(_ delay: Duration, _ problem: RegistryProblem, _ onRetry: (RegistryRetry) -> Void) {
        logger.debug("registry is asked again", metadata: ["delay": "\(delay)", "reason": "\(problem.text)"])
        onRetry(RegistryRetry(delay: delay, cause: problem.error(actions == .pull ? .pull : .push, repository)))
    }

    // MARK: Uploads that were opened on the side

    func keepUpload(_ place: UploadPlace, for digest: Digest) { state.withLock { $0.openUploads[digest] = place } }

    func takeUpload(for digest: Digest) -> UploadPlace? { state.withLock { $0.openUploads.removeValue(forKey: digest) } }
}

extension RegistryProblem {
    /// Whether another server of the same registry may do better.
    func leadsElsewhere(from host: RegistryHost) -> Bool {
        if kind == .cancelled { return false }
        // A mirror's word is never the last. The registry itself has spoken once it has answered at all.
        guard host.isOrigin else { return true }
        if case .transport(let kind) = kind { return kind != .stalled }
        return false
    }
}
