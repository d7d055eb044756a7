// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Options of an image mount.

public import WharfJSON

/// `Mounts[].ImageOptions`.
public struct ImageMountOptions: Sendable, Equatable, Decodable, JSONWritable {
    public var subpath: String = ""

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case subpath = "Subpath"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.nonEmpty("Subpath", subpath)
        }
    }
}
