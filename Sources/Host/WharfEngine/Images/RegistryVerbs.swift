// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What is asked of registries without pulling: `GET /images/search`, `GET /distribution/x/json`, `POST /auth`.

public import WharfDockerAPI
import WharfError
import WharfImages
import WharfOCI

extension Images {
    /// Looks for repositories in a registry that can be searched.
    ///
    /// - Throws: `invalidArgument` for a filter or limit; what the registry said.
    public func search(_ options: ImageSearchOptions) async throws -> [ImageSearchResult] {
        let filters = options.filters
        try filters.validate(accepting: ["is-automated", "is-official", "stars"])
        let isOfficial = filters.contains("is-official") ? try filters.bool("is-official", default: false) : nil
        let isAutomated = try filters.bool("is-automated", default: false)
        var stars = 0
        for text in filters.values("stars") {
            guard let count = Int(text) else { throw WharfError(.invalidArgument, "invalid filter 'stars=\(text)'") }
            stars = max(stars, count)
        }
        guard options.limit == 0 || (1...100).contains(options.limit) else {
            throw WharfError(.invalidArgument, "limit \(options.limit) is outside the range of [1, 100]")
        }
        guard !options.term.isEmpty else { throw WharfError(.invalidArgument, "no term to search for was given") }
        let (registry, term) = try Self.searched(options.term)
        // Nothing is automated any more.
        if isAutomated { return [] }
        let found = try await store.search(
            term, registry: registry, limit: options.limit == 0 ? 25 : options.limit, credentials: ImageCredentials(options.auth))
        return found.filter { $0.stars >= stars && (isOfficial ?? $0.isOfficial) == $0.isOfficial }.map { ImageSearchResult($0) }
    }

    /// `registry.example/term` as registry and term; a term without a registry is for Docker Hub, the empty registry.
    static func searched(_ text: String) throws(WharfError) -> (registry: String, term: String) {
        let bytes = Array(text.utf8)
        if bytes.starts(with: "http://".utf8) || bytes.starts(with: "https://".utf8) {
            throw WharfError(.invalidArgument, "invalid repository name: repository name (\(text)) should not have a scheme")
        }
        guard let slash = bytes.firstIndex(of: UInt8(ascii: "/")) else { return ("", text) }
        let first = String(decoding: bytes[..<slash], as: UTF8.self)
        let isRegistry = first == "localhost" || first.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }
        guard isRegistry else { return ("", text) }
        let isHub = first == Reference.defaultDomain || first == "index.docker.io"
        return (isHub ? "" : first, String(decoding: bytes[(slash + 1)...], as: UTF8.self))
    }

    /// What a name means in its registry, and for which platforms.
    ///
    /// - Throws: `invalidArgument` for an id or a malformed name; what the registry said.
    public func distribution(_ name: String, auth: AuthConfig = AuthConfig()) async throws -> DistributionInspect {
        guard Digest(name) == nil else { throw WharfError(.invalidArgument, "unknown image reference format: \(name)") }
        let remote = try await store.remote(try Reference.written(name).withDefaultTag, credentials: ImageCredentials(auth))
        return DistributionInspect(
            descriptor: OCIDescriptor(remote.descriptor), platforms: remote.platforms.map { OCIPlatform($0) })
    }

    /// Tries credentials at a registry.
    ///
    /// - Throws: `unauthorized` with the registry's words.
    public func login(_ auth: AuthConfig) async throws -> AuthResponse {
        let credentials = ImageCredentials(auth) ?? ImageCredentials()
        let answer = try await store.login(auth.serverAddress, credentials: credentials)
        return AuthResponse(status: answer.status, identityToken: answer.identityToken)
    }
}

extension ImageSearchResult {
    init(_ repository: FoundRepository) {
        self.init()
        starCount = repository.stars
        isOfficial = repository.isOfficial
        name = repository.name
        description = repository.summary
    }
}
