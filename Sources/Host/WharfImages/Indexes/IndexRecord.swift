// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The row of an index: what a name means that stands for images of several platforms, and which of its manifests are here.
// It lives as long as a name means it.

import WharfJSON
import WharfMetadata
import WharfOCI

/// Row `index`, by digest.
struct IndexRecord: MetadataRecord, Equatable {
    static let kind = "index"
    static let schemaVersion = 1

    /// A manifest of the index that is here with everything that it names.
    struct Member: Equatable, Decodable, JSONWritable {
        var manifest: ContentDescriptor
        /// The image that it is here; nil for what is no image that could run: attestations, other systems.
        var image: Digest?
        /// The manifest and what it names, as far as it is here.
        var blobs: [Digest]

        func write(to json: inout JSONWriter) {
            json.object { json in
                json.field("manifest", manifest)
                json.optional("image", image)
                json.field("blobs", blobs)
            }
        }
    }

    /// The outermost index.
    var descriptor: ContentDescriptor
    /// The indexes that are here, the outermost first.
    var documents: [Digest]
    var members: [Member]

    var id: String { descriptor.digest.description }
    var name: String { "" }

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.field("descriptor", descriptor)
            json.field("documents", documents)
            json.field("members", members)
        }
    }

    /// Everything that it keeps.
    var blobs: [Digest] { documents + members.flatMap(\.blobs) }

    /// The images of it that are here.
    var images: [Digest] { members.compactMap(\.image) }

    func member(_ manifest: Digest) -> Member? { members.first { $0.manifest.digest == manifest } }

    /// What two rows of the same index know together.
    func merged(with other: IndexRecord) -> IndexRecord {
        var result = self
        result.documents += other.documents.filter { !documents.contains($0) }
        result.members += other.members.filter { member($0.manifest.digest) == nil }
        return result
    }
}

extension IndexRecord {
    /// The image that the index means where no platform is named: the one that suits this host best, else the first.
    func primary(_ platform: (Digest) -> Platform?) -> Digest? {
        let ranked = images.enumerated().map { position, image in
            (rank: platform(image).flatMap { Platform.host.rank(of: $0) } ?? .max, position: position, image: image)
        }
        return ranked.min { ($0.rank, $0.position) < ($1.rank, $1.position) }?.image
    }
}
