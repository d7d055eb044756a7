// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One element of `GET /containers/{id}/changes`.

public import WharfJSON

/// A path that is not what the image had there.
public struct FilesystemChange: Sendable, Equatable, Decodable, JSONWritable {
    /// What happened to it; the numbers are Docker's.
    public enum Kind: Int, Sendable, Decodable {
        case modified = 0
        case added = 1
        case deleted = 2
    }

    /// Absolute.
    public var path: String
    public var kind: Kind

    /// All fields, in the order of the description.
    public init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    private enum CodingKeys: String, CodingKey {
        case path = "Path"
        case kind = "Kind"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Kind", kind.rawValue)
            o.field("Path", path)
        }
    }
}
