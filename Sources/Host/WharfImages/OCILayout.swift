// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// OCI image layouts in a tar: `index.json` points at manifests and indexes of images, everything lies in
// `blobs/<algorithm>/<hex>`. An index is kept whole, with every platform of it that the archive has.

import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// Reads the table of contents of an OCI layout.
struct OCILayout {
    /// A manifest of the layout, with the name that led to it.
    struct Found {
        var blob: SpooledBlob
        var descriptor: ContentDescriptor
        var manifest: Manifest
        var reference: Reference?

        var mediaType: String { descriptor.mediaType }
        /// Whether containers can be made of it.
        var isImage: Bool {
            !Index.isAttestation(descriptor) && manifest.artifactType == nil && MediaType.isConfig(manifest.config.mediaType)
        }
    }

    private let index: Index

    /// Nil if the archive has no `index.json`.
    init?(_ spool: ArchiveSpool) throws {
        guard let blob = spool.blob(at: Array("index.json".utf8)) else { return nil }
        index = try converting("index.json") { try Index.parse(try blob.readAll(limit: Manifest.limits.bytes)) }
    }

    /// Whether it has an image for several platforms.
    var hasIndexes: Bool { index.manifests.contains { MediaType.isIndex($0.mediaType) } }

    /// Makes all images ready that `index.json` names.
    ///
    /// - Parameter platforms: only what is for these; empty for all.
    func load(_ spool: ArchiveSpool, _ platforms: [Platform], into job: ImageJob) throws {
        var found = false
        for descriptor in index.manifests {
            let reference = Self.reference(descriptor)
            if MediaType.isIndex(descriptor.mediaType) {
                guard let blob = try spool.blob(descriptor) else { continue }
                try LayoutIndex(descriptor, blob, spool, platforms).load(reference, into: job)
                found = true
            } else if let item = try Self.manifest(descriptor, reference, spool), item.isImage {
                let suits = descriptor.platform.map { own in platforms.isEmpty || platforms.contains { $0.matches(own) } } ?? true
                guard suits else { continue }
                try job.build(try Self.parts(item, spool, references: reference.map { [$0] } ?? []), platforms: platforms)
                found = true
            }
        }
        guard found else {
            let wanted = (platforms.isEmpty ? [.host] : platforms).map(\.familiar).joined(separator: ", ")
            throw WharfError(.invalidArgument, "the archive has no image for \(wanted)")
        }
    }

    /// All image manifests, also those in indexes, attestations and artifacts left out.
    func manifests(_ spool: ArchiveSpool) throws -> [Found] {
        try index.manifests.flatMap { descriptor -> [Found] in
            let reference = Self.reference(descriptor)
            guard MediaType.isIndex(descriptor.mediaType) else {
                return try Self.manifest(descriptor, reference, spool).map { [$0] } ?? []
            }
            guard let blob = try spool.blob(descriptor) else { return [] }
            return try LayoutIndex(descriptor, blob, spool, []).manifests
        }.filter(\.isImage)
    }

    // MARK: Parts

    /// Reads a manifest; nil if the archive does not have it.
    static func manifest(_ descriptor: ContentDescriptor, _ reference: Reference?, _ spool: ArchiveSpool) throws -> Found? {
        guard MediaType.isManifest(descriptor.mediaType) else {
            throw WharfError(.invalidArgument, "\(descriptor.digest) has the unknown media type \"\(descriptor.mediaType)\"")
        }
        guard let blob = try spool.blob(descriptor) else { return nil }
        let bytes = try converting("blob \(descriptor.digest)") { try blob.readAll(limit: Manifest.limits.bytes) }
        let manifest = try converting("manifest \(descriptor.digest)") { try Manifest.parse(bytes) }
        return Found(blob: blob, descriptor: descriptor, manifest: manifest, reference: reference)
    }

    /// What an image is made of. - Throws: `invalidArgument` for one that is not whole.
    static func parts(_ item: Found, _ spool: ArchiveSpool, references: [Reference] = []) throws -> ImageJob.Parts {
        let config = try required(item.manifest.config, spool, "config")
        let layers = try item.manifest.layers.map { try required($0, spool, "layer") }
        return ImageJob.Parts(config: config, layers: layers, manifest: (item.blob, item.mediaType), references: references)
    }

    private static func required(_ descriptor: ContentDescriptor, _ spool: ArchiveSpool, _ what: String) throws -> SpooledBlob {
        guard let blob = try spool.blob(descriptor) else {
            throw WharfError(.invalidArgument, "the archive has no blob \(descriptor.digest) (a \(what))")
        }
        return blob
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
