// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What one kind of object takes on the disk, in the answer to `GET /system/df` since API 1.52.

public import WharfJSON

/// Counts and sizes of one kind of object.
public struct ResourceUsage<Item: Sendable & Equatable & Decodable & JSONWritable>: Sendable, Equatable, Decodable, JSONWritable {
    /// Objects in use.
    public var activeCount: Int64 = 0
    public var totalCount: Int64 = 0
    /// Bytes that removing what is not in use would free.
    public var reclaimable: Int64 = 0
    /// Bytes.
    public var totalSize: Int64 = 0
    /// The objects themselves, where they were asked for.
    public var items: [Item]?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case activeCount = "ActiveCount"
        case totalCount = "TotalCount"
        case reclaimable = "Reclaimable"
        case totalSize = "TotalSize"
        case items = "Items"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("ActiveCount", activeCount)
            o.nonEmpty("Items", items ?? [])
            o.nonEmpty("Reclaimable", reclaimable)
            o.nonEmpty("TotalCount", totalCount)
            o.nonEmpty("TotalSize", totalSize)
        }
    }
}
