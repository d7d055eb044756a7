// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The index: who has what, for questions that storage answers slowly. All of it but the links of blobs can be made again from
// the records and the manifests; links are of use only until a manifest names the blob.
//
//   repositories  id <-> name
//   links         blobs that were pushed or mounted into a repository
//   manifests     of a repository, with what a list of referrers says of them
//   children      what a manifest names: blobs and manifests
//   tags          of a repository
//   uploads       begun and not ended, with the repository that they belong to

import WharfSQLite

/// The steps that make the schema. Published steps never change; new ones are added at the end.
enum RegistryIndex {
    static let migrations: [Database.Migration] = [
        .init("1 repositories, links, manifests, children, tags, uploads") { connection in
            _ = try connection.execute("CREATE TABLE repositories (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE)")
            _ = try connection.execute(
                """
                CREATE TABLE links (
                    repository INTEGER NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
                    time INTEGER NOT NULL, -- seconds since 1970
                    PRIMARY KEY (repository, digest)) WITHOUT ROWID
                """)
            _ = try connection.execute("CREATE INDEX links_digest ON links (digest)")
            _ = try connection.execute(
                """
                CREATE TABLE manifests (
                    repository INTEGER NOT NULL, digest TEXT NOT NULL, media_type TEXT NOT NULL, size INTEGER NOT NULL,
                    subject TEXT, artifact_type TEXT, annotations BLOB, -- JSON
                    time INTEGER NOT NULL, -- seconds since 1970
                    PRIMARY KEY (repository, digest)) WITHOUT ROWID
                """)
            _ = try connection.execute("CREATE INDEX manifests_subject ON manifests (repository, subject) WHERE subject IS NOT NULL")
            _ = try connection.execute("CREATE INDEX manifests_digest ON manifests (digest)")
            _ = try connection.execute(
                """
                CREATE TABLE children (
                    repository INTEGER NOT NULL, parent TEXT NOT NULL, digest TEXT NOT NULL,
                    PRIMARY KEY (repository, parent, digest)) WITHOUT ROWID
                """)
            _ = try connection.execute("CREATE INDEX children_digest ON children (repository, digest)")
            _ = try connection.execute(
                """
                CREATE TABLE tags (
                    repository INTEGER NOT NULL, name TEXT NOT NULL, digest TEXT NOT NULL,
                    PRIMARY KEY (repository, name)) WITHOUT ROWID
                """)
            _ = try connection.execute("CREATE INDEX tags_digest ON tags (repository, digest)")
            _ = try connection.execute(
                "CREATE TABLE uploads (id TEXT PRIMARY KEY, repository TEXT NOT NULL, time INTEGER NOT NULL) WITHOUT ROWID")
        }
    ]
}
