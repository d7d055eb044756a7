// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A list of manifests: one image for several platforms, or all images of a layout folder. Checked like a manifest.

public import WharfJSON

/// An image index, OCI's or Docker's manifest list (OCI image spec, image-index.md).
public struct Index: Sendable, Equatable {
    /// 2.
    public var schemaVersion: Int
    /// Empty in old OCI documents.
    public var mediaType: String
    public var manifests: [ContentDescriptor]
    public var subject: ContentDescriptor?
    public var annotations: [String: String]

    public init(
        mediaType: String = MediaType.ociIndex, manifests: [ContentDescriptor],
        subject: ContentDescriptor? = nil,
        annotations: [String: String] = [:]
    ) {
        schemaVersion = 2
        self.mediaType = mediaType
        self.manifests = manifests
        self.subject = subject
        self.annotations = annotations
    }

    /// How deep indexes may stand in indexes.
    public static let depthLimit = 4
    /// The annotation with a tag or whole reference in a layout's index.
    public static let referenceNameAnnotation = "org.opencontainers.image.ref.name"
    /// containerd's and Docker's annotation with the whole reference.
    public static let imageNameAnnotation = "io.containerd.image.name"

    /// BuildKit's annotation with the digest of the manifest that an attestation is about.
    public static let attestedAnnotation = "vnd.docker.reference.digest"

    /// Reads a document; refuses one that is (also) a manifest or has a foreign type.
    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> Index {
        let document = try JSON.parse(bytes, limits: Manifest.limits)
        guard document["layers"] == nil, document["config"] == nil, document["fsLayers"] == nil else {
            throw .invalid("the index has fields of a manifest")
        }
        guard document["manifests"]?.array != nil else {
            throw .invalid("the index has no list of manifests")
        }
        let index: Index
        do {
            index = try JSON.decode(Index.self, from: document)
        } catch let error as JSONError {
            throw error
        } catch {
            throw .invalid("\(error)")
        }
        guard index.schemaVersion == 2 else {
            throw .invalid("unknown index schema version \(index.schemaVersion)")
        }
        guard index.mediaType.isEmpty || MediaType.isIndex(index.mediaType) else {
            throw .invalid("\"\(index.mediaType)\" is not the media type of an index")
        }
        return index
    }
}

extension Index: JSONWritable, Decodable {
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("schemaVersion", schemaVersion)
            json.nonEmpty("mediaType", mediaType)
            json.field("manifests", manifests)
            json.optional("subject", subject)
            json.nonEmpty("annotations", annotations)
        }
    }
}
