// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The registry without its network: repositories over blobs, records and the index. The services are its verbs, one file for
// each noun; routes call them and know nothing of storage.
//
// What is acknowledged is on disk in this order: the blob, the record, the reply; the index follows. A kill in between leaves
// an index that is behind its storage, which `open` brings up to date.

public import Logging
import Synchronization
public import WharfBlocking
public import WharfContent
import WharfJSON
import WharfOCI
public import WharfSQLite

/// Repositories, their blobs, manifests and tags.
public final class RegistryStore: Sendable {
    let blobs: any BlobStore
    let records: any RecordStore
    let index: Database
    let blocking: Blocking
    let logger: Logger
    /// Changes of one repository are made one after the other.
    let repositories = KeyedLock("repository")
    let uploads = Mutex<[String: OpenUpload]>([:])
    /// Blobs that are visible and not yet linked, and how many count on each: a collection leaves them.
    private let pins = Mutex<[Digest: Int]>([:])

    /// Opens the registry over its storage and brings the index up to date.
    public static func open(
        blobs: any BlobStore, records: any RecordStore, index: Database, blocking: Blocking, logger: Logger
    ) async throws(RegistryError) -> RegistryStore {
        let store = RegistryStore(blobs: blobs, records: records, index: index, blocking: blocking, logger: logger)
        try await store.refresh()
        return store
    }

    /// The index's schema: for whoever opens its file.
    public static var migrations: [Database.Migration] { RegistryIndex.migrations }

    private init(blobs: any BlobStore, records: any RecordStore, index: Database, blocking: Blocking, logger: Logger) {
        self.blobs = blobs
        self.records = records
        self.index = index
        self.blocking = blocking
        self.logger = logger
    }

    /// Now, in seconds since 1970.
    static func now() -> Int64 { Timestamp.now().unixNanoseconds / 1_000_000_000 }

    /// Sixteen hex digits that nobody can guess.
    static func word() -> String {
        var generator = SystemRandomNumberGenerator()
        return String(generator.next() as UInt64 | 1 << 63, radix: 16)
    }

    // MARK: Running

    /// Runs blocking work on storage.
    func storage<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws(RegistryError) -> Result {
        do {
            return try await blocking.own(body)
        } catch {
            throw RegistryStore.registryError(error)
        }
    }

    /// Any error as one that can be told.
    static func registryError(_ error: any Error) -> RegistryError {
        switch error {
        case let error as RegistryError: error
        case let error as ContentError: RegistryError(error)
        case is CancellationError: RegistryError(.unavailable, "the request was cancelled", cause: error)
        default: RegistryError(.unknown, "\(error)", cause: error)
        }
    }

    // MARK: Pins

    /// Runs work that makes a blob visible and then says who has it.
    func pinning<Result>(_ digest: Digest, _ body: () throws -> Result) throws -> Result {
        pins.withLock { $0[digest, default: 0] += 1 }
        defer {
            pins.withLock { pins in
                let count = pins[digest, default: 1] - 1
                pins[digest] = count == 0 ? nil : count
            }
        }
        return try body()
    }

    /// Deletes a blob that nobody has and nobody counts on. Whether it did.
    func deleteUnpinned(_ digest: Digest) throws -> Bool {
        try pins.withLock { pins in
            if pins[digest] != nil { return false }
            let isHad = try index.read { connection in
                try connection.row(
                    """
                    SELECT 1 FROM links WHERE digest = ?1 UNION ALL SELECT 1 FROM manifests WHERE digest = ?1
                    UNION ALL SELECT 1 FROM children WHERE digest = ?1
                    """, .text(digest.description)) != nil
            }
            if isHad { return false }
            try blobs.delete(digest)
            return true
        }
    }
}
