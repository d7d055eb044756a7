// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a push made in the registry, for programs: the `aux` of a progress line.

public import WharfJSON

/// One tag that was pushed.
public struct PushResult: Sendable, Equatable, Decodable, JSONWritable {
    public var tag: String = ""
    /// The manifest's.
    public var digest: String = ""
    /// Bytes of the manifest.
    public var size: Int64 = 0

    /// All fields, in the order of the description.
    public init(tag: String, digest: String = "", size: Int64 = 0) {
        self.tag = tag
        self.digest = digest
        self.size = size
    }

    private enum CodingKeys: String, CodingKey {
        case tag = "Tag"
        case digest = "Digest"
        case size = "Size"
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("Tag", tag)
            o.field("Digest", digest)
            o.field("Size", size)
        }
    }

    /// The same as a value of an `aux`.
    public var value: JSONValue {
        var object = JSONObject()
        object.append("Tag", .string(tag))
        object.append("Digest", .string(digest))
        object.append("Size", .number(JSONNumber(size)))
        return .object(object)
    }
}
