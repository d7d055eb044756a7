// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A registry in memory for the time of a test: the distribution API with authentication, ranges and resumable uploads, done
// right, and every misbehaviour of `RegistryFault` on demand. Remembers what it was asked and what it was shown.

import Crypto
import Synchronization
import WharfHTTP
public import WharfOCI

/// A registry on loopback ports of its own.
public final class FakeRegistry: Sendable {
    /// Who may come in.
    public enum Access: Sendable, Equatable {
        case open
        case basic(user: String, password: String)
        /// Tokens, for this user; for everybody where the user is empty.
        case bearer(user: String, password: String)
    }

    /// How it is set up.
    public struct Options: Sendable {
        public var access = Access.open
        /// Speaks TLS with a certificate of `authority`.
        public var usesTLS = false
        /// With TLS: the name in the certificate; the address is in it too, unless the name is a wrong one on purpose.
        public var certificateName = "localhost"
        /// Gives refresh tokens to those who ask for one.
        public var givesRefreshTokens = false

        public init() {}
    }

    /// A request as it came.
    public struct Seen: Sendable {
        public let method: String
        /// Path and query.
        public let target: String
        public let authorization: String?
        public let range: String?
        /// Whether it came to the second address, which is another server to a client.
        public let isElsewhere: Bool
        /// Every field, by lower-case name.
        public let headers: [String: String]
    }

    struct Upload: Sendable {
        let repository: String
        var bytes: [UInt8] = []
    }

    struct Stored: Sendable {
        let bytes: [UInt8]
        let mediaType: String
    }

    struct State: Sendable {
        var blobs: [String: [UInt8]] = [:]
        /// By repository, then by tag or digest.
        var manifests: [String: [String: Stored]] = [:]
        /// Repositories by the digests of the blobs that they have.
        var owners: [String: Set<String>] = [:]
        var uploads: [String: Upload] = [:]
        var tokens: Set<String> = []
        var counter = 0
        var seen: [Seen] = []
        var fault: RegistryFault?
        var faultsLeft = Int.max
        var nextFault: RegistryFault?
        var faultsFired = 0
        var isStopped = false
        var takesUploadsInChunksOf: Int?
        var mounts = true
    }

    /// `127.0.0.1:port`: the registry's name in references.
    public let host: String
    /// The second address, another server to a client.
    public let elsewhere: String
    let options: Options
    let state = Mutex(State())

    init(host: String, elsewhere: String, options: Options) {
        self.host = host
        self.elsewhere = elsewhere
        self.options = options
    }

    /// Runs `body` with a registry, and ends it.
    public static func run<T: Sendable>(
        _ options: Options = Options(), _ body: @escaping @Sendable (FakeRegistry) async throws -> T
    ) async throws -> T {
        var limits = HTTPLimits()
        // An upload that is given up is cut off at once.
        limits.drainTime = .milliseconds(200)
        let late = Mutex<FakeRegistry?>(nil)
        let server = try await HTTPServer(
            [.init(.tcp(host: "127.0.0.1", port: 0)), .init(.tcp(host: "127.0.0.1", port: 0))], limits: limits, grace: .milliseconds(50)
        ) { request in
            guard let registry = late.withLock({ $0 }) else { return HTTPResponse(503) }
            return await registry.respond(request)
        }
        let ports = server.endpoints.map { if case .tcp(_, let port) = $0 { port } else { 0 } }
        let front = options.usesTLS ? try await TLSFront.start(before: ports[0], name: options.certificateName) : nil
        let registry = FakeRegistry(
            host: "127.0.0.1:\(front?.port ?? ports[0])", elsewhere: "127.0.0.1:\(ports[1])", options: options)
        late.withLock { $0 = registry }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            do {
                let value = try await body(registry)
                registry.state.withLock { $0.isStopped = true }
                server.shutdown()
                await front?.stop()
                return value
            } catch {
                registry.state.withLock { $0.isStopped = true }
                server.shutdown()
                await front?.stop()
                throw error
            }
        }
    }

    // MARK: What a test does with it

    /// Misbehaves from now on, `times` times, and then in another way; nil behaves well again.
    public func misbehave(_ fault: RegistryFault?, times: Int = .max, then next: RegistryFault? = nil) {
        state.withLock { state in
            state.fault = fault
            state.faultsLeft = times
            state.nextFault = next
            state.faultsFired = 0
        }
    }

    /// How often it has misbehaved since it was told to.
    public var faultsFired: Int { state.withLock { $0.faultsFired } }

    /// What it was asked, in order.
    public var seen: [Seen] { state.withLock { $0.seen } }

    public func forgetSeen() { state.withLock { $0.seen = [] } }

    /// No token is good any more.
    public func revokeTokens() { state.withLock { $0.tokens = [] } }

    /// Refuses bodies of uploads that are longer, with 413; nil takes any.
    public func limitUploads(to count: Int?) { state.withLock { $0.takesUploadsInChunksOf = count } }

    /// Whether blobs of other repositories are taken over when asked to.
    public func allowMounts(_ mounts: Bool) { state.withLock { $0.mounts = mounts } }

    /// Puts a blob into a repository.
    @discardableResult
    public func addBlob(_ bytes: [UInt8], to repository: String) -> WharfOCI.Digest {
        let digest = Self.digest(bytes)
        state.withLock { state in
            state.blobs[digest.description] = bytes
            state.owners[digest.description, default: []].insert(repository)
        }
        return digest
    }

    /// Puts a manifest or index into a repository, under its digest and a tag.
    @discardableResult
    public func addManifest(
        _ bytes: [UInt8], to repository: String, tag: String? = nil, mediaType: String = MediaType.ociManifest
    ) -> ContentDescriptor {
        let digest = Self.digest(bytes)
        let stored = Stored(bytes: bytes, mediaType: mediaType)
        state.withLock { state in
            state.manifests[repository, default: [:]][digest.description] = stored
            if let tag { state.manifests[repository, default: [:]][tag] = stored }
        }
        return ContentDescriptor(mediaType: mediaType, digest: digest, size: Int64(bytes.count))
    }

    /// The bytes of a blob, nil when it does not have it.
    public func blob(_ digest: WharfOCI.Digest) -> [UInt8]? { state.withLock { $0.blobs[digest.description] } }

    /// The bytes of a manifest by tag or digest.
    public func manifest(_ reference: String, of repository: String) -> [UInt8]? {
        state.withLock { $0.manifests[repository]?[reference]?.bytes }
    }

    /// Uploads that were opened and neither closed nor cancelled.
    public var openUploads: Int { state.withLock { $0.uploads.count } }

    /// The digest that everything has here.
    public static func digest(_ bytes: [UInt8]) -> WharfOCI.Digest {
        guard let digest = WharfOCI.Digest(hash: SHA256.hash(data: bytes)) else { preconditionFailure("32 bytes make a digest") }
        return digest
    }

    // MARK: Misbehaving

    /// Whether a misbehaviour that `pick` knows is due now; counts it.
    func fires<T>(_ pick: (RegistryFault) -> T?) -> T? {
        state.withLock { state in
            guard let fault = state.fault, state.faultsLeft > 0, let value = pick(fault) else { return nil }
            state.faultsLeft -= 1
            state.faultsFired += 1
            if state.faultsLeft == 0, let next = state.nextFault {
                (state.fault, state.faultsLeft, state.nextFault) = (next, .max, nil)
            }
            return value
        }
    }

    func fires(_ fault: RegistryFault) -> Bool { fires { $0 == fault ? true : nil } ?? false }
}
