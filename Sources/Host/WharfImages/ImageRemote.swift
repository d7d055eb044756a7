// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Questions to registries that change nothing here: what a name means, what there is, whether credentials are good.

import WharfContent
import WharfError
import WharfJSON
public import WharfOCI
import WharfRegistryClient

extension ImageStore {
    /// What a name means in its registry: for an index all its platforms, for an image its own.
    ///
    /// - Throws: what the registry said, with Docker's texts.
    public func remote(_ reference: Reference, credentials: ImageCredentials? = nil) async throws -> RemoteImage {
        let session = try session(reference, credentials, .pull)
        let found = try await session.resolve(reference.withDefaultTag)
        let name = "\(reference.familiar): \(found.descriptor.digest)"
        if MediaType.isIndex(found.descriptor.mediaType) {
            let index = try converting(name) { try Index.parse(found.bytes) }
            let platforms = index.manifests.filter { !Index.isAttestation($0) }.compactMap(\.platform)
            return RemoteImage(descriptor: found.descriptor, platforms: platforms)
        }
        let manifest = try converting(name) { try Manifest.parse(found.bytes) }
        guard MediaType.isConfig(manifest.config.mediaType), manifest.config.size <= Int64(ImageConfig.limits.bytes) else {
            return RemoteImage(descriptor: found.descriptor, platforms: [])
        }
        var bytes: [UInt8] = []
        for try await chunk in try await session.blob(manifest.config).body {
            bytes += chunk
            guard bytes.count <= ImageConfig.limits.bytes else {
                throw WharfError(.invalidArgument, "\(name): its configuration is larger than \(ImageConfig.limits.bytes) bytes")
            }
        }
        guard ContentHasher.digest(of: bytes, manifest.config.digest.algorithm) == manifest.config.digest else {
            throw WharfError(.invalidArgument, "\(name): its configuration is not what its digest says")
        }
        let config = try converting(name) { try ImageConfig.parse(bytes) }
        return RemoteImage(descriptor: found.descriptor, platforms: [config.platform])
    }

    /// Repositories of a registry that match a term. - Parameter registry: Docker Hub if empty.
    public func search(
        _ term: String, registry: String = "", limit: Int = 25, credentials: ImageCredentials? = nil
    ) async throws -> [FoundRepository] {
        let domain = registry.isEmpty ? Reference.defaultDomain : registry
        return try await access().search(term, registry: domain, limit: limit, credentials: credentials?.forRegistry).map {
            FoundRepository(
                name: $0.name, summary: $0.description, stars: $0.stars, isOfficial: $0.isOfficial, isAutomated: $0.isAutomated)
        }
    }

    /// Tries credentials. - Throws: `unauthorized` with the registry's words.
    public func login(_ server: String, credentials: ImageCredentials) async throws -> LoginAnswer {
        let answer = try await access().login(server, credentials: credentials.forRegistry)
        return LoginAnswer(status: answer.status, identityToken: answer.identityToken)
    }
}
