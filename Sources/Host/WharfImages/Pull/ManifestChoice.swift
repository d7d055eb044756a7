// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From a name in a registry to one image manifest: indexes are walked to what suits the platform best. Every document is
// checked to be what its type says; the session has checked digest and size.

import WharfError
import WharfJSON
import WharfOCI
import WharfRegistryClient

/// What a name means in its registry, for one platform.
struct ManifestChoice: Sendable {
    /// What the name itself means: the manifest, or the outermost index.
    let top: FetchedManifest
    /// The documents on the way to the manifest, outermost first; empty without an index.
    let indexes: [FetchedManifest]
    let fetched: FetchedManifest
    let manifest: Manifest

    /// Asks the registry.
    ///
    /// - Throws: `notFound` with Docker's text if no manifest suits; `invalidArgument` for documents that are none of an image.
    static func resolve(_ reference: Reference, platform: Platform, in session: any RegistrySession) async throws -> ManifestChoice {
        let top = try await session.resolve(reference)
        var indexes: [FetchedManifest] = []
        var current = top
        while MediaType.isIndex(current.descriptor.mediaType) {
            indexes.append(current)
            guard indexes.count <= Index.depthLimit else {
                throw WharfError(.invalidArgument, "\(reference.familiar): indexes stand more than \(Index.depthLimit) deep in each other")
            }
            let index = try parsing(reference, current) { bytes throws(JSONError) in try Index.parse(bytes) }
            guard let choice = index.choice(for: platform) else {
                throw WharfError(.notFound, "no matching manifest for \(platform.familiar) in the manifest list entries")
            }
            current = try await session.manifest(choice)
        }
        try checkType(current.descriptor.mediaType, reference)
        let manifest = try parsing(reference, current) { bytes throws(JSONError) in try Manifest.parse(bytes) }
        guard MediaType.isConfig(manifest.config.mediaType), manifest.artifactType == nil else {
            throw WharfError(.invalidArgument, "\(reference.familiar): \(unsupported(manifest.artifactType ?? manifest.config.mediaType))")
        }
        if let layer = manifest.layers.first(where: { !MediaType.isLayer($0.mediaType) }) {
            throw WharfError(.invalidArgument, "\(reference.familiar): \(unsupported(layer.mediaType))")
        }
        return ManifestChoice(top: top, indexes: indexes, fetched: current, manifest: manifest)
    }

    /// The row of the index that the name means, with the chosen image as what is here of it; nil without one.
    func index(of image: Digest) -> IndexRecord? {
        guard let outermost = indexes.first else { return nil }
        let blobs = [fetched.descriptor.digest, image] + manifest.layers.map(\.digest)
        let member = IndexRecord.Member(
            manifest: fetched.descriptor.bare, image: image, blobs: blobs.reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
        return IndexRecord(descriptor: outermost.descriptor.bare, documents: indexes.map(\.descriptor.digest), members: [member])
    }

    private static func parsing<Document>(
        _ reference: Reference, _ fetched: FetchedManifest, _ parse: ([UInt8]) throws(JSONError) -> Document
    ) throws(WharfError) -> Document {
        do { return try parse(fetched.bytes) } catch {
            throw WharfError(.invalidArgument, "\(reference.familiar): \(fetched.descriptor.digest): \(error)", cause: error)
        }
    }

    private static func checkType(_ type: String, _ reference: Reference) throws(WharfError) {
        guard type != MediaType.dockerManifestV1, type != MediaType.dockerManifestV1Signed else {
            throw WharfError(.invalidArgument, schemaOne(reference))
        }
        guard MediaType.isManifest(type) else {
            throw WharfError(.invalidArgument, "\(reference.familiar): unsupported manifest media type and no default available: \(type)")
        }
    }

    /// Docker's words since 28.
    static func schemaOne(_ reference: Reference) -> String {
        "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support is disabled by default and will be removed in an "
            + "upcoming release. Suggest the author of \(reference) to upgrade the image to the OCI Format or Docker Image manifest v2, "
            + "schema 2. More information at https://docs.docker.com/go/deprecated-image-specs/"
    }

    private static func unsupported(_ type: String) -> String { "encountered remote \"\(type)\"(unknown) when fetching" }
}
