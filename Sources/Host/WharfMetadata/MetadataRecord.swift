// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a noun brings to be stored: its own type and coding. The store knows ids, names and revisions, never the content.

public import WharfJSON

/// A value of one kind that is kept as one row. It is written by `JSONWritable` and read by `Decodable`.
public protocol MetadataRecord: JSONWritable, Decodable, Sendable {
    /// The kind of row: `container`. One word, never changed once released.
    static var kind: String { get }
    /// Rises when `Decodable` can no longer read what the last version wrote.
    static var schemaVersion: Int { get }
    /// Turns a document of an older schema into one of this. - Throws: the row is set aside with the error as its reason.
    static func upgrade(_ document: [UInt8], from version: Int) throws -> [UInt8]
    /// Unique within the kind, never reused.
    var id: String { get }
    /// Unique within the kind, byte for byte; empty when the record has no name.
    var name: String { get }
}

extension MetadataRecord {
    public static func upgrade(_ document: [UInt8], from version: Int) throws -> [UInt8] { document }
}

/// A record as it stands in the database.
public struct Stored<Record: MetadataRecord>: Sendable {
    public let record: Record
    /// Rises with every change of this row; starts at 1.
    public let revision: Int64

    public init(record: Record, revision: Int64) {
        self.record = record
        self.revision = revision
    }
}
