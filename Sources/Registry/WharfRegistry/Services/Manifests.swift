// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Manifests and tags of a repository.

import WharfContent
import WharfLinux
import WharfOCI
import WharfSQLite

/// What a request names a manifest by.
enum ManifestReference: Sendable, Hashable, CustomStringConvertible {
    case tag(TagName)
    case digest(Digest)

    /// Nil for what is neither.
    init?(_ text: String) {
        if let digest = Digest(text) {
            self = .digest(digest)
        } else if let tag = TagName(text) {
            self = .tag(tag)
        } else {
            return nil
        }
    }

    var description: String {
        switch self {
        case .tag(let tag): tag.text
        case .digest(let digest): digest.description
        }
    }
}

/// A manifest's bytes and what they are.
struct FoundManifest: Sendable {
    let digest: Digest
    let mediaType: String
    let bytes: [UInt8]
}

extension RegistryStore {
    /// The manifest that a reference means now.
    func manifest(_ reference: ManifestReference, of repository: RepositoryName) async throws(RegistryError) -> FoundManifest {
        try await storage { [self] in
            let found: (Digest, String)? = try index.read { connection in
                guard let rows = try IndexedRepository(repository, in: connection) else {
                    throw RegistryError(.nameUnknown, "repository \(repository) does not exist")
                }
                let digest: Digest? =
                    switch reference {
                    case .digest(let digest): digest
                    case .tag(let tag): try rows.digest(of: tag)
                    }
                guard let digest, let mediaType = try rows.mediaType(of: digest) else { return nil }
                return (digest, mediaType)
            }
            guard let (digest, mediaType) = found else {
                throw RegistryError(.manifestUnknown, "manifest \(reference) is not in repository \(repository)")
            }
            return FoundManifest(digest: digest, mediaType: mediaType, bytes: try blobs.readAll(digest, limit: StoredManifest.limit))
        }
    }

    /// Takes a manifest whose parts are in the repository, and tags it. - Returns: what it says of itself.
    func putManifest(
        _ bytes: [UInt8], mediaType: String, digest expected: Digest?, tags: [TagName], in repository: RepositoryName
    ) async throws(RegistryError) -> StoredManifest {
        try await changing(repository) { [self] in
            try await storage { [self] in
                let digest = try keep(bytes, expected)
                return try pinning(digest) {
                    let manifest = try StoredManifest(bytes, digest: digest, mediaType: mediaType)
                    try check(manifest, in: repository)
                    // A second look at the bytes: a collection may have been quicker than the pin.
                    if try blobs.status(digest) == nil { _ = try keep(bytes, digest) }
                    try records.write(.manifest(repository, digest), Array(mediaType.utf8))
                    for tag in tags { try records.write(.tag(repository, tag), Array(digest.description.utf8)) }
                    try index.write(durable: false) { connection in
                        let rows = try IndexedRepository(making: repository, in: connection)
                        try rows.put(manifest, time: RegistryStore.now())
                        for tag in tags { try rows.tag(tag, digest) }
                    }
                    return manifest
                }
            }
        }
    }

    /// Removes a tag, or a manifest with all its tags.
    func delete(_ reference: ManifestReference, of repository: RepositoryName) async throws(RegistryError) {
        try await changing(repository) { [self] in
            try await storage { [self] in
                let tags: [TagName] = try index.read { connection in
                    guard let rows = try IndexedRepository(repository, in: connection) else {
                        throw RegistryError(.nameUnknown, "repository \(repository) does not exist")
                    }
                    let unknown = RegistryError(.manifestUnknown, "manifest \(reference) is not in repository \(repository)")
                    switch reference {
                    case .tag(let tag):
                        guard try rows.digest(of: tag) != nil else { throw unknown }
                        return [tag]
                    case .digest(let digest):
                        guard try rows.mediaType(of: digest) != nil else { throw unknown }
                        return try rows.tags(of: digest)
                    }
                }
                // Tags first: one without its manifest would be a promise that nobody keeps.
                for tag in tags { try records.delete(.tag(repository, tag)) }
                if case .digest(let digest) = reference { try records.delete(.manifest(repository, digest)) }
                try index.write(durable: false) { connection in
                    guard let rows = try IndexedRepository(repository, in: connection) else { return }
                    for tag in tags { _ = try rows.untag(tag) }
                    if case .digest(let digest) = reference { _ = try rows.deleteManifest(digest) }
                }
            }
        }
    }

    /// A page of a repository's tags: at most `count` behind `last`, and whether there are more.
    func tags(of repository: RepositoryName, after last: String, count: Int) async throws(RegistryError) -> (tags: [String], hasMore: Bool)
    {
        try await storage { [self] in
            let tags = try index.read { connection in
                guard let rows = try IndexedRepository(repository, in: connection) else {
                    throw RegistryError(.nameUnknown, "repository \(repository) does not exist")
                }
                return try rows.tags(after: last, count: Int64(count) + 1)
            }
            return (Array(tags.prefix(count)), tags.count > count)
        }
    }

    /// A page of all repositories.
    func catalog(after last: String, count: Int) async throws(RegistryError) -> (names: [String], hasMore: Bool) {
        try await storage { [self] in
            let names = try index.read { connection in try IndexedRepository.names(after: last, count: Int64(count) + 1, in: connection) }
            return (Array(names.prefix(count)), names.count > count)
        }
    }

    /// The manifests whose subject a digest is; none for a repository or a subject that is not here.
    func referrers(of subject: Digest, artifactType: String?, in repository: RepositoryName) async throws(RegistryError) -> [Referrer] {
        try await storage { [self] in
            try index.read { connection in
                try IndexedRepository(repository, in: connection)?.referrers(of: subject, artifactType: artifactType) ?? []
            }
        }
    }

    // MARK: Inside

    /// Keeps a manifest's bytes as a blob. - Returns: their digest, in the algorithm of `expected`.
    private func keep(_ bytes: [UInt8], _ expected: Digest?) throws -> Digest {
        // A key of its own: the same manifest may be on its way to another repository.
        let ingest = try blobs.ingest("manifest-\(RegistryStore.word())", hashing: expected?.algorithm ?? .sha256)
        do {
            try bytes.withRawBytes { bytes throws(ContentError) -> Void in try ingest.write(bytes) }
            let status = try ingest.seal(digest: expected, size: nil)
            try blobs.publish([ingest], synchronized: false)
            return status.digest
        } catch {
            // The first error is the one to tell.
            try? ingest.discard()
            throw error
        }
    }

    private func check(_ manifest: StoredManifest, in repository: RepositoryName) throws {
        let missing = try index.read { connection -> Digest? in
            let rows = try IndexedRepository(repository, in: connection)
            return try manifest.blobs.first { try rows?.hasBlob($0) != true }
                ?? manifest.manifests.first { try rows?.mediaType(of: $0) == nil }
        }
        if let missing {
            throw RegistryError(
                .manifestBlobUnknown, "manifest \(manifest.digest) names \(missing), which is not in repository \(repository)")
        }
        for blob in manifest.blobs where try blobs.status(blob) == nil {
            throw RegistryError(.manifestBlobUnknown, "manifest \(manifest.digest) names \(blob), which is not here any more")
        }
    }
}
