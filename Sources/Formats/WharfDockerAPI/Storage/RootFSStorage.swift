// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The snapshot below a container's root file system.

public import WharfJSON

/// `Storage.RootFS`.
public struct RootFSStorage: Sendable, Equatable, Decodable, JSONWritable {
    public var snapshot: SnapshotName?

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(snapshot: SnapshotName?) {
        self.snapshot = snapshot
    }

    private enum CodingKeys: String, CodingKey {
        case snapshot = "Snapshot"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.optional("Snapshot", snapshot)
        }
    }
}
