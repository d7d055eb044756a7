// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Layers that came as plain tars, in an archive without a manifest, are compressed before they travel, and kept so: the next
// push finds them, and they take less room.

import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfOCI

extension ImageStore {
    /// Compresses what is plain of an image whose manifest was written here, and writes that anew. Others stay as they are:
    /// their digests mean something elsewhere. Blocks.
    func compressLayers(of id: Digest) throws {
        let job = ImageJob(self, "compress")
        do {
            guard let record = try job.known(id), record.madeManifest == true else { return job.end() }
            let bytes = try content.readAll(record.manifest.digest, limit: Manifest.limits.bytes)
            var manifest = try converting("image \(id)") { try Manifest.parse(bytes) }
            guard manifest.layers.contains(where: { $0.mediaType == MediaType.ociLayer }) else { return job.end() }
            var packed: [Digest: ContentDescriptor] = [:]
            for layer in manifest.layers where layer.mediaType == MediaType.ociLayer && packed[layer.digest] == nil {
                packed[layer.digest] = try converting("layer \(layer.digest)") { try job.compress(layer.digest) }
            }
            manifest.layers = manifest.layers.map { packed[$0.digest] ?? $0 }
            let document = try job.make(JSON.encode(manifest))
            try job.replace(
                record, manifest: ContentDescriptor(mediaType: MediaType.ociManifest, digest: document.digest, size: document.size),
                layers: manifest.layers.map(\.digest), packed)
        } catch {
            job.abandon()
            throw error
        }
    }
}

extension ImageJob {
    /// A gzip copy of a plain blob.
    fileprivate func compress(_ digest: Digest) throws -> ContentDescriptor {
        let ingest = try newIngest()
        let sink = IngestSink(ingest)
        let gzip = GzipSink(sink)
        let reader = try content.open(digest)
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var offset: Int64 = 0
        while true {
            let start = offset
            let count = try buffer.withMutableRawBytes { bytes throws(ContentError) -> Int in try reader.read(into: bytes, at: start) }
            if count == 0 { break }
            offset += Int64(count)
            try buffer.withRawBytes { bytes throws(ArchiveError) in try gzip.write(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
        }
        try gzip.finish()
        let status = try seal(ingest)
        want(status.digest)
        return ContentDescriptor(mediaType: MediaType.ociLayerGzip, digest: status.digest, size: status.size)
    }

    /// Publishes the copies, lets the rows name them, and drops what they replace.
    fileprivate func replace(
        _ record: ImageRecord, manifest: ContentDescriptor, layers blobs: [Digest], _ packed: [Digest: ContentDescriptor]
    ) throws {
        let old = record.manifest.digest
        try reach("flush")
        try content.synchronize()
        try store.changes.withLock { _ in
            try publishWanted()
            var record = record
            record.manifest = manifest
            record.blobs = ([manifest.digest, record.digest] + blobs).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
            let layers = store.table.withLock { table in record.layers.compactMap { table.layers[$0] } }.map { layer in
                var layer = layer
                if let plain = layer.blob?.digest, let blob = packed[plain] { layer.blob = blob }
                return layer
            }
            try store.metadata.write(durable: true) { [record] transaction in
                try transaction.put(record)
                for layer in layers { try transaction.put(layer) }
            }
            store.table.withLock { [record] table in
                table.put(record)
                for layer in layers { table.put(layer) }
            }
        }
        end()
        store.changes.withLock { _ in store.deleteBlobs(Array(packed.keys) + [old]) }
    }
}

/// Writes into an ingest.
final class IngestSink: ByteSink {
    private let ingest: any BlobIngest

    init(_ ingest: any BlobIngest) { self.ingest = ingest }

    func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) { try keepBytes(bytes, in: ingest) }
}
