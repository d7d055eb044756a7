// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Statements of the index, one function each, inside the transaction of whoever calls them.

import WharfOCI
import WharfSQLite

/// The rows of one repository.
struct IndexedRepository {
    private let connection: Connection
    private let id: Int64

    /// The repository's rows; nil when nothing was ever pushed to it.
    init?(_ name: RepositoryName, in connection: Connection) throws {
        guard let id = try connection.row("SELECT id FROM repositories WHERE name = ?", .text(name.text))?.integer(0) else { return nil }
        self.connection = connection
        self.id = id
    }

    /// The repository's rows, made where there are none.
    init(making name: RepositoryName, in connection: Connection) throws {
        _ = try connection.execute("INSERT INTO repositories (name) VALUES (?) ON CONFLICT DO NOTHING", .text(name.text))
        guard let made = try IndexedRepository(name, in: connection) else {
            throw RegistryError(.unknown, "the index lost repository \(name)")
        }
        self = made
    }

    // MARK: Blobs

    func link(_ digest: Digest, size: Int64, time: Int64) throws {
        _ = try connection.execute(
            "INSERT INTO links VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET time = excluded.time", .integer(id),
            .text(digest.description), .integer(size), .integer(time))
    }

    /// Whether the blob is one of this repository's: pushed to it, or named by one of its manifests.
    func hasBlob(_ digest: Digest) throws -> Bool {
        try connection.row(
            "SELECT 1 FROM links WHERE repository = ?1 AND digest = ?2 UNION ALL SELECT 1 FROM children WHERE repository = ?1 AND digest = ?2",
            .integer(id), .text(digest.description)) != nil
    }

    /// Whether there is a link, and none since `time`.
    func isLinkOlder(_ digest: Digest, than time: Int64) throws -> Bool {
        try connection.row(
            "SELECT 1 FROM links WHERE repository = ? AND digest = ? AND time < ?", .integer(id), .text(digest.description), .integer(time))
            != nil
    }

    /// Whether a link was there.
    func unlink(_ digest: Digest) throws -> Bool {
        try connection.execute("DELETE FROM links WHERE repository = ? AND digest = ?", .integer(id), .text(digest.description)) > 0
    }

    // MARK: Manifests

    func put(_ manifest: StoredManifest, time: Int64) throws {
        let digest = SQLValue.text(manifest.digest.description)
        _ = try connection.execute(
            "INSERT OR REPLACE INTO manifests VALUES (?, ?, ?, ?, ?, ?, ?, ?)", .integer(id), digest, .text(manifest.mediaType),
            .integer(manifest.size), .optional(manifest.subject?.description), .optional(manifest.artifactType),
            .blob(manifest.annotations), .integer(time))
        _ = try connection.execute("DELETE FROM children WHERE repository = ? AND parent = ?", .integer(id), digest)
        for child in manifest.children {
            _ = try connection.execute(
                "INSERT OR IGNORE INTO children VALUES (?, ?, ?)", .integer(id), digest, .text(child.description))
        }
    }

    func mediaType(of manifest: Digest) throws -> String? {
        try connection.row(
            "SELECT media_type FROM manifests WHERE repository = ? AND digest = ?", .integer(id), .text(manifest.description))?.text(0)
    }

    /// Whether it was there. Its tags go with it.
    func deleteManifest(_ manifest: Digest) throws -> Bool {
        let digest = SQLValue.text(manifest.description)
        _ = try connection.execute("DELETE FROM children WHERE repository = ? AND parent = ?", .integer(id), digest)
        _ = try connection.execute("DELETE FROM tags WHERE repository = ? AND digest = ?", .integer(id), digest)
        return try connection.execute("DELETE FROM manifests WHERE repository = ? AND digest = ?", .integer(id), digest) > 0
    }

    /// Descriptors of the manifests whose subject is `subject`, the newest first.
    func referrers(of subject: Digest, artifactType: String?) throws -> [Referrer] {
        try connection.rows(
            """
            SELECT digest, media_type, size, artifact_type, annotations FROM manifests
            WHERE repository = ?1 AND subject = ?2 AND (?3 IS NULL OR artifact_type = ?3) ORDER BY time DESC, digest
            """, .integer(id), .text(subject.description), .optional(artifactType)
        ).compactMap { row in
            guard let digest = row.text(0).flatMap(Digest.init), let mediaType = row.text(1), let size = row.integer(2) else { return nil }
            return Referrer(digest: digest, mediaType: mediaType, size: size, artifactType: row.text(3), annotations: row.bytes(4) ?? [])
        }
    }

    // MARK: Tags

    func tag(_ tag: TagName, _ manifest: Digest) throws {
        _ = try connection.execute(
            "INSERT OR REPLACE INTO tags VALUES (?, ?, ?)", .integer(id), .text(tag.text), .text(manifest.description))
    }

    func digest(of tag: TagName) throws -> Digest? {
        try connection.row("SELECT digest FROM tags WHERE repository = ? AND name = ?", .integer(id), .text(tag.text))?.text(0)
            .flatMap(Digest.init)
    }

    func tags(of manifest: Digest) throws -> [TagName] {
        try connection.rows("SELECT name FROM tags WHERE repository = ? AND digest = ?", .integer(id), .text(manifest.description))
            .compactMap { $0.text(0).flatMap(TagName.init) }
    }

    /// Whether it was there.
    func untag(_ tag: TagName) throws -> Bool {
        try connection.execute("DELETE FROM tags WHERE repository = ? AND name = ?", .integer(id), .text(tag.text)) > 0
    }

    /// At most `count` tags behind `last`, in the order of their bytes.
    func tags(after last: String, count: Int64) throws -> [String] {
        try connection.rows(
            "SELECT name FROM tags WHERE repository = ? AND name > ? ORDER BY name LIMIT ?", .integer(id), .text(last), .integer(count)
        ).compactMap { $0.text(0) }
    }

    /// At most `count` repositories that have something, behind `last`, in the order of their bytes.
    static func names(after last: String, count: Int64, in connection: Connection) throws -> [String] {
        try connection.rows(
            """
            SELECT name FROM repositories WHERE name > ? AND EXISTS (SELECT 1 FROM manifests WHERE repository = repositories.id)
            ORDER BY name LIMIT ?
            """, .text(last), .integer(count)
        ).compactMap { $0.text(0) }
    }
}

/// What the list of referrers says of one.
struct Referrer: Sendable, Equatable {
    let digest: Digest
    let mediaType: String
    let size: Int64
    let artifactType: String?
    /// A JSON object, or nothing.
    let annotations: [UInt8]
}
