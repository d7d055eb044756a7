// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The rows that make an image real: the image, its names, its layers. What stands in the stores without a row is garbage.

import WharfJSON
import WharfMetadata
import WharfOCI

/// Row `image`, by config digest.
struct ImageRecord: MetadataRecord, Equatable {
    static let kind = "image"
    static let schemaVersion = 1

    var digest: Digest
    var manifest: ContentDescriptor
    /// The manifest was written here, for an archive without one: it may be written anew when its layers are compressed.
    var madeManifest: Bool?
    /// The blobs that the image keeps: manifest, index, config, layers.
    var blobs: [Digest]
    /// ChainIDs from the bottom up.
    var layers: [Digest]
    var created: Timestamp
    var added: Timestamp
    var platform: Platform
    var labels: [String: String]

    var id: String { digest.description }
    var name: String { "" }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("digest", digest)
            json.field("manifest", manifest)
            json.nonEmpty("madeManifest", madeManifest ?? false)
            json.field("blobs", blobs)
            json.field("layers", layers)
            json.field("created", created)
            json.field("added", added)
            json.field("platform", platform)
            json.nonEmpty("labels", labels)
        }
    }
}

/// Row `reference`, by full name: `docker.io/library/busybox:latest`.
struct ReferenceRecord: MetadataRecord, Equatable {
    static let kind = "reference"
    static let schemaVersion = 1

    let reference: Reference
    /// Of several platforms the one that counts where none is named.
    let image: Digest
    /// What the name means, where that is an index.
    let index: Digest?
    let tagged: Timestamp

    var id: String { reference.description }
    var name: String { "" }

    init(_ reference: Reference, image: Digest, index: Digest? = nil, tagged: Timestamp) {
        self.reference = reference
        self.image = image
        self.index = index
        self.tagged = tagged
    }

    private enum CodingKeys: String, CodingKey { case reference, image, index, tagged }

    init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        let text = try members.decode(String.self, forKey: .reference)
        do { reference = try Reference.parse(text) } catch { throw JSONError.invalid("\"\(text)\": \(error)") }
        image = try members.decode(Digest.self, forKey: .image)
        index = try members.decodeIfPresent(Digest.self, forKey: .index)
        tagged = try members.decode(Timestamp.self, forKey: .tagged)
    }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("reference", id)
            json.field("image", image)
            json.optional("index", index)
            json.field("tagged", tagged)
        }
    }
}

/// Row `layer`, by chainID: the snapshot of that key is complete and on the disk.
struct LayerRecord: MetadataRecord, Equatable {
    static let kind = "layer"
    static let schemaVersion = 1

    var chainID: Digest
    var diffID: Digest
    /// The layer below.
    var parent: Digest?
    /// Bytes of its files.
    var size: Int64
    /// The blob that it was unpacked from: kept as long as the layer, so that every image with it can be sent on.
    var blob: ContentDescriptor?
    /// Repositories that have the blob, in full, the last one used first: a push may let their registry take it from there.
    var sources: [String]?

    /// More than these are forgotten.
    static let sourceLimit = 50

    /// Notes that a repository has the blob. - Returns: nil if that is known.
    func adding(source: String) -> LayerRecord? {
        guard sources?.first != source else { return nil }
        var record = self
        record.sources = Array(([source] + (sources ?? []).filter { $0 != source }).prefix(Self.sourceLimit))
        return record
    }

    var id: String { chainID.description }
    var name: String { "" }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("chainID", chainID)
            json.field("diffID", diffID)
            json.optional("parent", parent)
            json.field("size", size)
            json.optional("blob", blob)
            json.nonEmpty("sources", sources ?? [])
        }
    }
}
