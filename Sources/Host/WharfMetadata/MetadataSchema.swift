// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The layout of wharf.db, drawn once.
//
//   rows       one record each: (kind, id) -> name, revision, schema, document (JSON)
//   holders    who keeps a resource alive: (resource kind, resource id, holder) -> optional expiry
//   events     what happened, with the revision that a reader's cursor remembers
//   set_aside  rows that this version can't read: kept as they were, with the reason

public import WharfSQLite

/// The steps that make the schema. Published steps never change; new ones are added at the end.
public enum MetadataSchema {
    public static let migrations: [Database.Migration] = [
        .init("1 rows, holders, events, set_aside") { connection in
            try connection.execute(
                """
                CREATE TABLE rows (
                    kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT, revision INTEGER NOT NULL, schema INTEGER NOT NULL,
                    document BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID
                """)
            // NULL names never collide in a unique index.
            try connection.execute("CREATE UNIQUE INDEX rows_name ON rows (kind, name)")
            try connection.execute(
                """
                CREATE TABLE holders (
                    resource_kind TEXT NOT NULL, resource_id TEXT NOT NULL, holder TEXT NOT NULL,
                    expires INTEGER, -- nanoseconds since 1970; NULL keeps until it is released
                    PRIMARY KEY (resource_kind, resource_id, holder)) WITHOUT ROWID
                """)
            try connection.execute("CREATE INDEX holders_holder ON holders (holder)")
            // AUTOINCREMENT: a revision is never given twice, also not after a trim.
            try connection.execute(
                """
                CREATE TABLE events (
                    revision INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, -- nanoseconds since 1970
                    document BLOB NOT NULL)
                """)
            try connection.execute("CREATE INDEX events_time ON events (time)")
            try connection.execute(
                """
                CREATE TABLE set_aside (
                    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, name TEXT,
                    revision INTEGER NOT NULL, schema INTEGER NOT NULL, document BLOB NOT NULL, reason TEXT NOT NULL,
                    time INTEGER NOT NULL)
                """)
        }
    ]
}
