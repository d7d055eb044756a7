// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A manifest that somebody pushes, read as far as the registry has to understand it: what it names, what it is about. One of
// an unknown type is kept as bytes.

import WharfJSON
import WharfOCI

/// A manifest with what it says of others.
struct StoredManifest: Sendable, Equatable {
    /// The longest manifest, 4 MiB (distribution spec 1.1, "Pushing manifests").
    static let limit = 4 << 20

    let digest: Digest
    let mediaType: String
    let size: Int64
    /// Blobs that must be in the repository: configuration and layers, those aside that are to be had elsewhere (`urls`).
    private(set) var blobs: [Digest] = []
    /// Manifests that must be in the repository.
    private(set) var manifests: [Digest] = []
    private(set) var subject: Digest?
    private(set) var artifactType: String?
    /// A JSON object, or nothing.
    private(set) var annotations: [UInt8] = []

    /// All that it names, what is elsewhere too.
    private(set) var children: [Digest] = []

    /// Reads a manifest. `mediaType` is what the pusher calls it, which must be what it calls itself.
    init(_ bytes: [UInt8], digest: Digest, mediaType: String) throws(RegistryError) {
        self.digest = digest
        self.mediaType = mediaType
        size = Int64(bytes.count)
        do throws(JSONError) {
            if MediaType.isManifest(mediaType) {
                try read(Manifest.parse(bytes))
            } else if MediaType.isIndex(mediaType) {
                try read(Index.parse(bytes))
            } else if mediaType == MediaType.dockerManifestV1 || mediaType == MediaType.dockerManifestV1Signed {
                throw .invalid("manifests of schema 1 are not taken: push with a client of 2017 or later")
            }
        } catch {
            throw RegistryError(.manifestInvalid, "manifest \(digest): \(error)", cause: error)
        }
    }

    private mutating func read(_ manifest: Manifest) throws(JSONError) {
        guard manifest.mediaType.isEmpty || manifest.mediaType.utf8.elementsEqual(mediaType.utf8) else {
            throw .invalid("it calls itself \"\(manifest.mediaType)\", its Content-Type is \"\(mediaType)\"")
        }
        let named = [manifest.config] + manifest.layers
        children = named.map(\.digest)
        blobs = named.filter { $0.urls.isEmpty }.map(\.digest)
        subject = manifest.subject?.digest
        // Without a type of its own an artifact is of its configuration's type (image spec 1.1, "Guidelines for artifact usage").
        artifactType = manifest.artifactType ?? manifest.config.mediaType
        annotations = StoredManifest.json(manifest.annotations)
    }

    private mutating func read(_ index: Index) throws(JSONError) {
        guard index.mediaType.isEmpty || index.mediaType.utf8.elementsEqual(mediaType.utf8) else {
            throw .invalid("it calls itself \"\(index.mediaType)\", its Content-Type is \"\(mediaType)\"")
        }
        children = index.manifests.map(\.digest)
        manifests = index.manifests.filter { $0.urls.isEmpty }.map(\.digest)
        subject = index.subject?.digest
        annotations = StoredManifest.json(index.annotations)
    }

    private static func json(_ annotations: [String: String]) -> [UInt8] { annotations.isEmpty ? [] : JSON.encode(annotations) }
}
