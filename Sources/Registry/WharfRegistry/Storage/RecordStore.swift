// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a registry keeps besides blobs: small records by key, of which all else can be rebuilt. The protocol asks for no more
// than an object store has: a record is read, written and deleted whole, and keys are listed by their beginning.

public import WharfOCI

/// Names a record.
public enum RecordKey: Sendable, Hashable {
    /// A manifest of a repository: its media type. The bytes are a blob.
    case manifest(RepositoryName, Digest)
    /// A tag of a repository: the digest that it means.
    case tag(RepositoryName, TagName)
}

/// Small mutable records.
///
/// Synchronous: every call may block on the disk. Safe to use from several threads; of two writers of one key the later one
/// counts, and a reader sees all of one of them.
public protocol RecordStore: Sendable {
    /// The record; nil when it does not exist.
    func read(_ key: RecordKey) throws(RegistryError) -> [UInt8]?

    /// Writes a record. When this returns, a power cut does not take it away.
    func write(_ key: RecordKey, _ bytes: [UInt8]) throws(RegistryError)

    /// Removes a record; a missing one is not an error.
    func delete(_ key: RecordKey) throws(RegistryError)

    /// The keys of all records, in no order.
    func keys() throws(RegistryError) -> [RecordKey]
}
