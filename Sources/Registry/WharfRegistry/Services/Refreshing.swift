// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The index and its storage: what records say and the index does not know is read in, what the index knows and no record
// says is dropped. At every start, and for `fsck`.

import Logging
import WharfContent
import WharfOCI
import WharfSQLite

extension RegistryStore {
    /// Brings the index up to date with the records.
    func refresh() async throws(RegistryError) {
        let (added, dropped) = try await storage { [self] in
            let keys = Set(try records.keys())
            let known = try indexedKeys()
            for key in known.subtracting(keys) { try drop(key) }
            let fresh = keys.subtracting(known)
            // Manifests first: a tag means one.
            for key in fresh { if case .manifest(let repository, let digest) = key { try add(digest, to: repository) } }
            for key in keys { if case .tag(let repository, let tag) = key { try add(tag, to: repository) } }
            return (fresh.count, known.subtracting(keys).count)
        }
        if added + dropped > 0 {
            logger.info("the index was brought up to date", metadata: ["added": "\(added)", "dropped": "\(dropped)"])
        }
    }

    private func indexedKeys() throws -> Set<RecordKey> {
        try index.read { connection in
            var keys: Set<RecordKey> = []
            for row in try connection.rows("SELECT name, digest FROM manifests JOIN repositories ON id = repository") {
                guard let name = row.text(0).flatMap(RepositoryName.init), let digest = row.text(1).flatMap(Digest.init) else { continue }
                keys.insert(.manifest(name, digest))
            }
            for row in try connection.rows("SELECT repositories.name, tags.name FROM tags JOIN repositories ON id = repository") {
                guard let name = row.text(0).flatMap(RepositoryName.init), let tag = row.text(1).flatMap(TagName.init) else { continue }
                keys.insert(.tag(name, tag))
            }
            return keys
        }
    }

    private func drop(_ key: RecordKey) throws {
        try index.write(durable: false) { connection in
            switch key {
            case .manifest(let repository, let digest): _ = try IndexedRepository(repository, in: connection)?.deleteManifest(digest)
            case .tag(let repository, let tag): _ = try IndexedRepository(repository, in: connection)?.untag(tag)
            }
        }
    }

    /// Reads a manifest in. One whose bytes are gone, or that can't be read, is reported and left alone.
    private func add(_ digest: Digest, to repository: RepositoryName) throws {
        guard let mediaType = try records.read(.manifest(repository, digest)) else { return }
        let manifest: StoredManifest
        do {
            manifest = try StoredManifest(
                blobs.readAll(digest, limit: StoredManifest.limit), digest: digest, mediaType: String(decoding: mediaType, as: UTF8.self))
        } catch {
            logger.error("a manifest is on record and can't be read", metadata: ["repository": "\(repository)", "error": "\(error)"])
            return
        }
        try index.write(durable: false) { connection in
            try IndexedRepository(making: repository, in: connection).put(manifest, time: RegistryStore.now())
        }
    }

    private func add(_ tag: TagName, to repository: RepositoryName) throws {
        guard let bytes = try records.read(.tag(repository, tag)), let digest = Digest(bytes: bytes) else { return }
        let isKnown = try index.read { connection in try IndexedRepository(repository, in: connection)?.digest(of: tag) == digest }
        if isKnown { return }
        try index.write(durable: false) { connection in
            guard let rows = try IndexedRepository(repository, in: connection), try rows.mediaType(of: digest) != nil else { return }
            try rows.tag(tag, digest)
        }
    }
}
