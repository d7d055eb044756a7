// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blobs of a repository: whether it has one, its bytes, taking one away, taking one over from another repository.

import WharfBlocking
import WharfContent
import WharfOCI
import WharfSQLite

extension RegistryStore {
    /// How old a link may be before a question about its blob makes it new again, in seconds: who asks counts on the answer.
    static let linkAge: Int64 = 600

    /// Digest and size of a repository's blob.
    func blob(_ digest: Digest, of repository: RepositoryName) async throws(RegistryError) -> BlobStatus {
        try await storage { [self] in
            guard let status = try status(digest, of: repository) else {
                throw RegistryError(.blobUnknown, "blob \(digest) is not in repository \(repository)")
            }
            return status
        }
    }

    /// A repository's blob, open.
    func openBlob(_ digest: Digest, of repository: RepositoryName) async throws(RegistryError) -> any BlobReader {
        try await storage { [self] in
            guard try status(digest, of: repository) != nil else {
                throw RegistryError(.blobUnknown, "blob \(digest) is not in repository \(repository)")
            }
            return try blobs.open(digest)
        }
    }

    /// Makes a repository forget a blob. One that a manifest of the repository names stays.
    func deleteBlob(_ digest: Digest, of repository: RepositoryName) async throws(RegistryError) {
        try await changing(repository) { [self] in
            try await storage { [self] in
                let (isGone, isNamed) = try index.write(durable: false) { connection in
                    guard let rows = try IndexedRepository(repository, in: connection) else { return (false, false) }
                    let isGone = try rows.unlink(digest)
                    return (isGone, try rows.hasBlob(digest))
                }
                if isNamed {
                    throw RegistryError(.denied, "blob \(digest) is named by a manifest of repository \(repository): delete that first")
                }
                if !isGone { throw RegistryError(.blobUnknown, "blob \(digest) is not in repository \(repository)") }
            }
        }
    }

    /// Makes a blob of another repository one of this one, without sending it. Whether the other had it.
    func mountBlob(_ digest: Digest, from source: RepositoryName, to target: RepositoryName) async throws(RegistryError) -> Bool {
        try await storage { [self] in
            try pinning(digest) {
                guard let status = try status(digest, of: source) else { return false }
                try adopt(status, into: target)
                return true
            }
        }
    }

    // MARK: On a thread that may block

    /// What is known of a repository's blob; nil when it is not one of its own, or gone.
    func status(_ digest: Digest, of repository: RepositoryName) throws -> BlobStatus? {
        let isOwn = try index.read { connection in try IndexedRepository(repository, in: connection)?.hasBlob(digest) ?? false }
        guard isOwn, let status = try blobs.status(digest) else { return nil }
        try touch(status, in: repository)
        return status
    }

    func adopt(_ blob: BlobStatus, into repository: RepositoryName) throws {
        try index.write(durable: false) { connection in
            try IndexedRepository(making: repository, in: connection).link(blob.digest, size: blob.size, time: RegistryStore.now())
        }
    }

    /// Makes an old link new, so that a collection leaves the blob to whoever asked for it.
    private func touch(_ blob: BlobStatus, in repository: RepositoryName) throws {
        let limit = RegistryStore.now() - RegistryStore.linkAge
        let isOld = try index.read { connection in
            try IndexedRepository(repository, in: connection)?.isLinkOlder(blob.digest, than: limit) ?? false
        }
        if isOld { try adopt(blob, into: repository) }
    }
}

extension RegistryStore {
    /// Runs a change of a repository when those before it have ended.
    func changing<Result: Sendable>(
        _ repository: RepositoryName, _ body: @Sendable () async throws -> Result
    ) async throws(RegistryError) -> Result {
        do { return try await repositories.withKey(repository.text) { try await body() } } catch {
            throw RegistryStore.registryError(error)
        }
    }
}
