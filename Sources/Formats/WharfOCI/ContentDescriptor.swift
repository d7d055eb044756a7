// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What points at a blob: its type, digest and size. Manifests and indexes are lists of these.

public import WharfJSON

/// A reference to content by what it is (OCI image spec, descriptor.md).
public struct ContentDescriptor: Sendable, Hashable {
    public var mediaType: String
    public var digest: Digest
    /// Bytes; never negative.
    public var size: Int64
    /// Where the content may also be had (foreign layers).
    public var urls: [String]
    public var annotations: [String: String]
    /// The type of the artifact when this points at a manifest of one.
    public var artifactType: String?
    /// What an index says that the manifest runs on.
    public var platform: Platform?

    public init(
        mediaType: String, digest: Digest, size: Int64, urls: [String] = [],
        annotations: [String: String] = [:],
        artifactType: String? = nil, platform: Platform? = nil
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.urls = urls
        self.annotations = annotations
        self.artifactType = artifactType
        self.platform = platform
    }
}

extension ContentDescriptor: JSONWritable, Decodable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("mediaType", mediaType)
            json.field("digest", digest)
            json.field("size", size)
            json.nonEmpty("urls", urls)
            json.nonEmpty("annotations", annotations)
            json.optional("platform", platform)
            json.optional("artifactType", artifactType)
        }
    }

    private enum CodingKeys: String, CodingKey {
        case mediaType, digest, size, urls, annotations, artifactType, platform
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        mediaType = try members.decode(String.self, forKey: .mediaType)
        digest = try members.decode(Digest.self, forKey: .digest)
        size = try members.decode(Int64.self, forKey: .size)
        urls = try members.decode([String].self, forKey: .urls)
        annotations = try members.decode([String: String].self, forKey: .annotations)
        artifactType = try members.decodeIfPresent(String.self, forKey: .artifactType)
        platform = try members.decodeIfPresent(Platform.self, forKey: .platform)
        guard size >= 0 else { throw JSONError.invalid("the size \(size) of \(digest) is negative") }
    }
}
