// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The driver that made a snapshot.

public import WharfJSON

/// `Storage.RootFS.Snapshot`.
public struct SnapshotName: Sendable, Equatable, Decodable, JSONWritable {
    public var name: String = ""

    /// All fields at their zero values.
    public init() {}

    /// All fields, in the order of the description.
    public init(name: String) {
        self.name = name
    }

    private enum CodingKeys: String, CodingKey {
        case name = "Name"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Name", name)
        }
    }
}
