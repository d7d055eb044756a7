// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An image as it leaves this host: its manifest byte for byte as it came, if every blob of it is here. Where a layer is here
// by another blob than the manifest names (the layer was shared with an image that came in other compression), or was never
// compressed, a manifest is written that says what there is.

import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// Documents and blobs of one image, ready to be sent or saved. All blobs are pinned until `release`.
final class ImageContents: @unchecked Sendable {
    // Unchecked: written by the one call that makes it.

    /// One layer, from the bottom up.
    struct Layer: Sendable {
        let record: LayerRecord
        /// The blob, as the manifest names it.
        let descriptor: ContentDescriptor
    }

    let record: ImageRecord
    let manifest: ContentDescriptor
    let document: [UInt8]
    let config: ContentDescriptor
    let layers: [Layer]
    private let job: ImageJob

    private init(
        _ record: ImageRecord, manifest: ContentDescriptor, document: [UInt8], config: ContentDescriptor, layers: [Layer], job: ImageJob
    ) {
        self.record = record
        self.manifest = manifest
        self.document = document
        self.config = config
        self.layers = layers
        self.job = job
    }

    /// Lets its blobs be removed with the image again. Blocks.
    func release() { job.end() }

    /// Collects an image's parts. Blocks.
    ///
    /// - Parameters:
    ///   - compressing: layers that came uncompressed, in an archive without a manifest, are compressed first and kept so.
    ///   - manifest: another one than the image's own, by which an index names it.
    /// - Throws: `notFound` if the image is gone, `dataLoss` if a part of it is.
    static func collect(
        _ id: Digest, in store: ImageStore, compressing: Bool = false, manifest: Digest? = nil
    ) throws -> ImageContents {
        if compressing { try store.compressLayers(of: id) }
        let job = ImageJob(store, "read")
        do {
            guard var record = try job.known(id) else { throw WharfError(.notFound, "No such image: \(id)") }
            if let manifest, let status = try job.stored(manifest)?.status, let type = store.manifestType(manifest) {
                record.manifest = ContentDescriptor(mediaType: type, digest: manifest, size: status.size)
            }
            return try collect(record, job)
        } catch {
            job.end()
            throw error
        }
    }

    private static func collect(_ record: ImageRecord, _ job: ImageJob) throws -> ImageContents {
        let store = job.store
        let bytes = try store.content.readAll(record.manifest.digest, limit: Manifest.limits.bytes)
        guard ContentHasher.digest(of: bytes, record.manifest.digest.algorithm) == record.manifest.digest else {
            throw WharfError(.dataLoss, "image \(record.digest): its manifest is not what was stored")
        }
        let manifest = try converting("image \(record.digest)") { try Manifest.parse(bytes) }
        let rows = store.table.withLock { table in record.layers.compactMap { table.layers[$0] } }
        guard rows.count == manifest.layers.count else {
            throw WharfError(.dataLoss, "image \(record.digest): it has \(rows.count) layers, its manifest names \(manifest.layers.count)")
        }
        var isWhole = true
        let layers = try zip(rows, manifest.layers).map { row, descriptor in
            if try job.stored(descriptor.digest) != nil { return Layer(record: row, descriptor: descriptor) }
            guard let blob = row.blob, try job.stored(blob.digest) != nil else {
                throw WharfError(.dataLoss, "image \(record.digest): the bytes of layer \(row.diffID) are gone")
            }
            isWhole = false
            return Layer(record: row, descriptor: blob)
        }
        if isWhole {
            return ImageContents(
                record, manifest: record.manifest, document: bytes, config: manifest.config.bare, layers: layers, job: job)
        }
        let config = ContentDescriptor(mediaType: MediaType.ociConfig, digest: record.digest, size: manifest.config.size)
        let document = JSON.encode(Manifest(config: config, layers: layers.map { $0.descriptor.ociLayer }))
        let descriptor = ContentDescriptor(
            mediaType: MediaType.ociManifest, digest: ContentHasher.digest(of: document), size: Int64(document.count))
        return ImageContents(record, manifest: descriptor, document: document, config: config, layers: layers, job: job)
    }
}

extension ContentDescriptor {
    /// The same layer in OCI's words, for a manifest in which both dialects would meet.
    var ociLayer: ContentDescriptor {
        let type =
            switch mediaType {
            case MediaType.dockerLayerGzip: MediaType.ociLayerGzip
            case MediaType.dockerLayer: MediaType.ociLayer
            default: mediaType
            }
        return ContentDescriptor(mediaType: type, digest: digest, size: size)
    }
}
