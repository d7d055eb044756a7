// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A content descriptor as the API shows it.

public import WharfJSON

/// `Descriptor` of images and `ImageManifestDescriptor` of containers.
public struct OCIDescriptor: Sendable, Equatable, Decodable, JSONReadable, JSONWritable {
    public var mediaType: String = ""
    public var digest: String = ""
    public var size: Int64 = 0
    public var urls: [String]?
    public var annotations: [String: String]?
    public var artifactType: String = ""
    public var platform: OCIPlatform?

    /// All fields at their zero values.
    public init() {}

    private enum CodingKeys: String, CodingKey {
        case mediaType
        case digest
        case size
        case urls
        case annotations
        case artifactType
        case platform
    }

    /// The same as by `Decodable`, but for keys in another case.
    public init(reading json: JSONFields) throws(JSONError) {
        mediaType = try json.read("mediaType")
        digest = try json.read("digest")
        size = try json.read("size")
        if json.value("urls") != nil { urls = try json.read("urls") }
        if json.value("annotations") != nil { annotations = try json.read("annotations") }
        artifactType = try json.read("artifactType")
        platform = try json.optional("platform")
    }

    /// Docker's keys in the daemon's own order.
    public func write(to json: inout JSONWriter) {
        json.object { o in
            o.field("mediaType", mediaType)
            o.field("digest", digest)
            o.field("size", size)
            o.nonEmpty("urls", urls ?? [])
            o.nonEmpty("annotations", annotations ?? [:])
            o.nonEmpty("artifactType", artifactType)
            o.optional("platform", platform)
        }
    }
}
