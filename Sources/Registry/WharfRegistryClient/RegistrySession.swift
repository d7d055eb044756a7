// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the image store asks of a registry. A protocol, so that pull and push are tested without one; `RepositorySession` is
// the real thing.

public import WharfError
public import WharfOCI

/// What a session may do; decides the scope of its tokens.
public enum RegistryActions: Sendable, Hashable {
    case pull
    case pullAndPush
}

/// A manifest or index as it lies in the registry, verified: the digest is that of `bytes`, and `size` their count.
public struct FetchedManifest: Sendable {
    /// Type, digest and size.
    public let descriptor: ContentDescriptor
    public let bytes: [UInt8]
    /// The registry that answered, a mirror perhaps: `registry-1.docker.io`, `localhost:5000`.
    public let source: String

    public init(descriptor: ContentDescriptor, bytes: [UInt8], source: String) {
        self.descriptor = descriptor
        self.bytes = bytes
        self.source = source
    }
}

/// A blob that is coming. Nothing is verified but lengths: the reader has to hash what it gets.
public struct BlobDownload: Sendable {
    /// The place in the blob of the first byte of `body`: what was asked for, or 0 from a registry that knows no ranges.
    public let offset: Int64
    /// The bytes up to the end of what was asked for. A broken connection is resumed inside; an error comes when all
    /// attempts were in vain.
    public let body: BlobBytes
    /// The registry that answered.
    public let source: String

    public init(offset: Int64, body: BlobBytes, source: String) {
        self.offset = offset
        self.body = body
        self.source = source
    }
}

/// A pause before another attempt, told so that people see why nothing moves.
public struct RegistryRetry: Sendable {
    /// How long it will be.
    public let delay: Duration
    /// What went wrong.
    public let cause: WharfError

    public init(delay: Duration, cause: WharfError) {
        self.delay = delay
        self.cause = cause
    }
}

/// One repository of one registry, as one user. All verbs may run at the same time; every error names registry and repository.
///
/// Codes: `notFound` for what the registry does not have, `unauthorized` and `forbidden` for who asks, `dataLoss` for bytes that
/// are not what their digest says, `unavailable` when all attempts failed, `cancelled` in a cancelled task.
public protocol RegistrySession: Sendable {
    /// The repository, without tag or digest.
    var repository: Reference { get }

    /// What a tag or digest stands for, without its bytes where the registry can say so.
    func describe(_ reference: Reference) async throws(WharfError) -> ContentDescriptor
    /// The manifest or index of a tag or digest (the digest wins where there are both).
    func resolve(_ reference: Reference) async throws(WharfError) -> FetchedManifest
    /// The manifest or index that a descriptor points at; digest and size are those of the descriptor.
    func manifest(_ descriptor: ContentDescriptor) async throws(WharfError) -> FetchedManifest

    /// A blob, or the part of it in `range` (bytes; nil is all of it). `onRetry` is told before each further attempt.
    func blob(
        _ descriptor: ContentDescriptor, range: Range<Int64>?, onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(WharfError) -> BlobDownload
    func hasBlob(_ digest: Digest) async throws(WharfError) -> Bool
    /// Takes a blob over from another repository of the same registry; false when the registry would rather have it sent.
    func mountBlob(_ digest: Digest, from repository: String) async throws(WharfError) -> Bool
    /// Sends a blob. `body` gives its bytes from an offset on, and is called again after a broken connection; `progress` is told
    /// how many bytes of the blob the registry has been sent.
    func upload(
        _ descriptor: ContentDescriptor, body: @escaping @Sendable (_ offset: Int64) async throws -> BlobBytes,
        progress: @escaping @Sendable (Int64) -> Void, onRetry: @escaping @Sendable (RegistryRetry) -> Void
    ) async throws(WharfError)

    func hasManifest(_ digest: Digest) async throws(WharfError) -> Bool
    /// Stores a manifest or index under a tag, or under its digest where `tag` is nil. `digest` is that of `bytes`.
    func putManifest(_ bytes: [UInt8], mediaType: String, digest: Digest, tag: String?) async throws(WharfError)

    /// Every tag, in the registry's order.
    func tags() async throws(WharfError) -> [String]
    /// What refers to a manifest as its subject (distribution spec 1.1), empty when nothing does.
    func referrers(of digest: Digest) async throws(WharfError) -> [ContentDescriptor]
}

extension RegistrySession {
    /// The blob from `offset` to its end.
    public func blob(_ descriptor: ContentDescriptor, from offset: Int64 = 0) async throws(WharfError) -> BlobDownload {
        try await blob(descriptor, range: offset == 0 ? nil : offset..<descriptor.size, onRetry: { _ in })
    }
}

/// A repository that a search found.
public struct RegistrySearchResult: Sendable, Equatable {
    public var name: String
    public var description: String
    public var stars: Int
    public var isOfficial: Bool
    public var isAutomated: Bool

    public init(name: String, description: String, stars: Int, isOfficial: Bool, isAutomated: Bool) {
        self.name = name
        self.description = description
        self.stars = stars
        self.isOfficial = isOfficial
        self.isAutomated = isAutomated
    }
}

/// What a registry said to a login.
public struct RegistryLogin: Sendable, Equatable {
    /// Docker's words: `Login Succeeded`.
    public var status: String
    /// A refresh token to be kept instead of the password, empty when the registry gives none.
    public var identityToken: String

    public init(status: String, identityToken: String) {
        self.status = status
        self.identityToken = identityToken
    }
}

/// Every registry. `RegistryClient` is the real thing; a test's fake gives sessions of its own.
public protocol RegistryAccess: Sendable {
    /// A session on the repository of `name`. Nothing is sent before its first verb.
    func repository(_ name: Reference, credentials: RegistryCredentials?, actions: RegistryActions) -> any RegistrySession
    /// Docker's search: repositories whose name or description has `term`. `registry` is a domain, `docker.io` or another.
    func search(
        _ term: String, registry: String, limit: Int, credentials: RegistryCredentials?
    ) async throws(WharfError) -> [RegistrySearchResult]
    /// Tries credentials. `server` is what `docker login` was given: empty, a domain or the key of Docker Hub.
    func login(_ server: String, credentials: RegistryCredentials) async throws(WharfError) -> RegistryLogin
}
