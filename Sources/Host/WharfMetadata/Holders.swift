// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who keeps what alive. Images, volumes and networks never know containers: a container holds them by a row here, a pull
// or a build by a row that expires. Whether a resource is in use, and what may be collected, are queries.

public import WharfJSON
import WharfSQLite

/// A resource that can be held: an image, a snapshot, a volume, a network.
public struct HeldResource: Sendable, Hashable {
    public let kind: String
    public let id: String

    public init(kind: String, id: String) {
        self.kind = kind
        self.id = id
    }
}

extension MetadataTransaction {
    /// Holds a resource. Holding twice keeps the later expiry.
    ///
    /// - Parameters:
    ///   - holder: who: `container/<id>`, `pull/<id>`.
    ///   - expires: when the hold ends by itself; nil holds until `release`.
    public func acquire(_ resource: HeldResource, holder: String, expires: Timestamp? = nil) throws {
        try connection.execute(
            """
            INSERT INTO holders (resource_kind, resource_id, holder, expires) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET expires = CASE
                WHEN expires IS NULL OR excluded.expires IS NULL THEN NULL ELSE max(expires, excluded.expires) END
            """, .text(resource.kind), .text(resource.id), .text(holder), .optional(expires?.unixNanoseconds))
    }

    /// Gives one hold up. - Returns: whether there was one.
    @discardableResult
    public func release(_ resource: HeldResource, holder: String) throws -> Bool {
        try connection.execute(
            "DELETE FROM holders WHERE resource_kind = ? AND resource_id = ? AND holder = ?", .text(resource.kind),
            .text(resource.id), .text(holder)) > 0
    }

    /// Gives everything up that `holder` holds: the end of a container. - Returns: what it held.
    @discardableResult
    public func releaseAll(holder: String) throws -> [HeldResource] {
        let held = try resources(heldBy: holder)
        try connection.execute("DELETE FROM holders WHERE holder = ?", .text(holder))
        return held
    }

    /// Who holds a resource now, sorted. Expired holds don't count.
    public func holders(of resource: HeldResource, now: Timestamp = .now()) throws -> [String] {
        try connection.rows(
            """
            SELECT holder FROM holders WHERE resource_kind = ? AND resource_id = ? AND (expires IS NULL OR expires > ?)
            ORDER BY holder
            """, .text(resource.kind), .text(resource.id), .integer(now.unixNanoseconds)
        ).compactMap { $0.text(0) }
    }

    /// What one holder holds, also expired.
    public func resources(heldBy holder: String) throws -> [HeldResource] {
        try connection.rows(
            "SELECT resource_kind, resource_id FROM holders WHERE holder = ? ORDER BY resource_kind, resource_id", .text(holder)
        ).map { HeldResource(kind: $0.text(0) ?? "", id: $0.text(1) ?? "") }
    }

    /// All held ids of a kind: what a collector must keep.
    public func heldIDs(kind: String, now: Timestamp = .now()) throws -> Set<String> {
        Set(
            try connection.rows(
                "SELECT DISTINCT resource_id FROM holders WHERE resource_kind = ? AND (expires IS NULL OR expires > ?)",
                .text(kind), .integer(now.unixNanoseconds)
            ).compactMap { $0.text(0) })
    }

    /// Drops holds whose time is over. - Returns: how many.
    @discardableResult
    public func dropExpiredHolds(now: Timestamp = .now()) throws -> Int {
        try connection.execute("DELETE FROM holders WHERE expires <= ?", .integer(now.unixNanoseconds))
    }
}
