// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// OCI image layouts in a tar: `index.json` points at manifests, everything lies in `blobs/<algorithm>/<hex>`.

import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// Reads the table of contents of an OCI layout.
struct OCILayout {
    /// A manifest of the layout, with the name that led to it.
    struct Found {
        var blob: SpooledBlob
        var mediaType: String
        var manifest: Manifest
        var platform: Platform?
        var reference: Reference?
    }

    private let index: Index

    /// Nil if the archive has no `index.json`.
    init?(_ spool: ArchiveSpool) throws {
        guard let blob = spool.blob(at: Array("index.json".utf8)) else { return nil }
        index = try converting("index.json") { try Index.parse(try blob.readAll(limit: Manifest.limits.bytes)) }
    }

    /// The images: each manifest that `index.json` names, and of each index the one for the wanted platform.
    func parts(_ spool: ArchiveSpool, platform: Platform?) throws -> [ImageJob.Parts] {
        var found = try manifests(spool, everyPlatform: false, platform: platform ?? .host)
        if platform == nil, found.isEmpty { found = try manifests(spool, everyPlatform: true) }
        guard !found.isEmpty else { throw WharfError(.invalidArgument, "the archive has no image for \(platform ?? .host)") }
        return try found.map { item in
            let config = try required(item.manifest.config, spool, "config")
            let layers = try item.manifest.layers.map { try required($0, spool, "layer") }
            return ImageJob.Parts(
                config: config, layers: layers, manifest: (item.blob, item.mediaType), references: item.reference.map { [$0] } ?? [])
        }
    }

    private func required(_ descriptor: ContentDescriptor, _ spool: ArchiveSpool, _ what: String) throws -> SpooledBlob {
        guard let blob = try spool.blob(descriptor) else {
            throw WharfError(.invalidArgument, "the archive has no blob \(descriptor.digest) (a \(what))")
        }
        return blob
    }

    /// All image manifests below `index.json`, attestations and artifacts left out.
    func manifests(_ spool: ArchiveSpool, everyPlatform: Bool, platform: Platform = .host) throws -> [Found] {
        try walk(index, spool, everyPlatform: everyPlatform, platform: platform, reference: nil, depth: 1)
    }

    private func walk(
        _ index: Index, _ spool: ArchiveSpool, everyPlatform: Bool, platform: Platform, reference: Reference?, depth: Int
    ) throws -> [Found] {
        guard depth <= Index.depthLimit else {
            throw WharfError(.invalidArgument, "indexes stand more than \(Index.depthLimit) deep in each other")
        }
        var result: [Found] = []
        for descriptor in index.manifests where !Self.isAttestation(descriptor) {
            let name = Self.reference(descriptor) ?? reference
            // A platform of an index that was not packed is no mistake; a missing only one is found by `parts`.
            guard let blob = try spool.blob(descriptor) else { continue }
            let bytes = try converting("blob \(descriptor.digest)") { try blob.readAll(limit: Manifest.limits.bytes) }
            if try Self.isIndex(descriptor, bytes) {
                let nested = try converting("index \(descriptor.digest)") { try Index.parse(bytes) }
                let found = try walk(nested, spool, everyPlatform: everyPlatform, platform: platform, reference: name, depth: depth + 1)
                result += everyPlatform ? found : Array(found.prefix(1))
                continue
            }
            let manifest = try converting("manifest \(descriptor.digest)") { try Manifest.parse(bytes) }
            guard manifest.artifactType == nil, MediaType.isConfig(manifest.config.mediaType) else { continue }
            if !everyPlatform, let own = descriptor.platform, !platform.matches(own) { continue }
            result.append(
                Found(blob: blob, mediaType: descriptor.mediaType, manifest: manifest, platform: descriptor.platform, reference: name))
        }
        return result
    }

    /// By the descriptor's type; an index in the place of a manifest is refused by the parsers.
    private static func isIndex(_ descriptor: ContentDescriptor, _ bytes: [UInt8]) throws -> Bool {
        if MediaType.isIndex(descriptor.mediaType) { return true }
        guard MediaType.isManifest(descriptor.mediaType) else {
            throw WharfError(.invalidArgument, "\(descriptor.digest) has the unknown media type \"\(descriptor.mediaType)\"")
        }
        return false
    }

    private static func isAttestation(_ descriptor: ContentDescriptor) -> Bool {
        descriptor.annotations["vnd.docker.reference.type"] == "attestation-manifest" || descriptor.platform?.os == "unknown"
    }

    /// The whole name that an annotation holds. A bare word is a tag without a repository and names nothing.
    private static func reference(_ descriptor: ContentDescriptor) -> Reference? {
        if let name = descriptor.annotations[Index.imageNameAnnotation], let reference = try? Reference.parse(name) {
            return reference.withDefaultTag
        }
        guard let name = descriptor.annotations[Index.referenceNameAnnotation],
            name.utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "/") })
        else { return nil }
        // Not every tool writes a name there that is one.
        return (try? Reference.parse(name)).flatMap { $0.digest == nil ? $0.withDefaultTag : nil }
    }
}
