// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// From an image's parts in an archive to an image that is ready: its config is checked, its layers are unpacked or found,
// its manifest is taken over or written.

import Synchronization
import WharfArchive
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfOCI
import WharfSnapshots

extension ImageJob {
    /// An image as an archive describes it.
    struct Parts {
        var config: SpooledBlob
        /// From the bottom up.
        var layers: [SpooledBlob]
        /// The archive's own manifest, if it has one that says the same.
        var manifest: (blob: SpooledBlob, mediaType: String)?
        var references: [Reference]
    }

    /// Makes an image ready. One that is here already only gets the names.
    ///
    /// - Parameters:
    ///   - platforms: what it must be for; empty for any.
    ///   - isPart: it is named by an index.
    /// - Returns: the image's id.
    @discardableResult
    func build(_ parts: Parts, platforms: [Platform] = [], isPart: Bool = false) throws -> Digest {
        let id = parts.config.status.digest
        let config = try converting("image config \(id)") {
            try ImageConfig.parse(try parts.config.readAll(limit: ImageConfig.limits.bytes))
        }
        if !platforms.isEmpty, !platforms.contains(where: { $0.matches(config.platform) }) {
            let wanted = platforms.map(\.familiar).joined(separator: ", ")
            throw WharfError(.notFound, "image \(id.short) is for \(config.platform), not for \(wanted)")
        }
        guard config.platform.os == "linux" else {
            throw WharfError(.invalidArgument, "cannot load \(config.platform.os) image on linux")
        }
        if let known = try known(id) {
            add(NewImage(record: known, references: parts.references, isPart: isPart))
            return id
        }
        let expected = config.rootfs.diffIDs
        guard expected.count == parts.layers.count else {
            throw WharfError(
                .invalidArgument, "invalid manifest, layers length mismatch: expected \(expected.count), got \(parts.layers.count)")
        }
        let compressions = try unpack(zip(parts.layers, expected).map { (blob: $0, diffID: $1) })
        try reach("unpack")
        for blob in parts.layers { want(blob) }
        want(parts.config)
        let (manifest, isOwn) = try manifest(parts, compressions)
        let blobs = [manifest.digest, id] + parts.layers.map(\.status.digest)
        let record = ImageRecord(
            digest: id, manifest: manifest, madeManifest: isOwn ? true : nil,
            blobs: blobs.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }, layers: chainIDs(expected), created: config.created,
            added: .now(), platform: config.platform, labels: config.config.labels)
        add(NewImage(record: record, references: parts.references, isPart: isPart))
        return id
    }

    /// An image that is here and stays until this job ends.
    func known(_ id: Digest) throws(ContentError) -> ImageRecord? {
        guard let record = store.table.withLock({ $0.images[id] }) else { return nil }
        for chainID in record.layers where layer(chainID) == nil { return nil }
        // One that is being removed may lose its blobs before they are kept here: then it is made anew.
        for blob in record.blobs where try stored(blob) == nil { return nil }
        return record
    }

    /// The archive's manifest, or one that says what was found.
    ///
    /// - Returns: its descriptor, and whether it was written here.
    private func manifest(_ parts: Parts, _ compressions: [Compression]) throws -> (ContentDescriptor, Bool) {
        if let (blob, mediaType) = parts.manifest {
            want(blob)
            return (ContentDescriptor(mediaType: mediaType, digest: blob.status.digest, size: blob.status.size), false)
        }
        let layers = zip(parts.layers, compressions).map { layerDescriptor($0.status, $1) }
        let config = ContentDescriptor(mediaType: MediaType.ociConfig, digest: parts.config.status.digest, size: parts.config.status.size)
        let status = try make(JSON.encode(Manifest(config: config, layers: layers)))
        return (ContentDescriptor(mediaType: MediaType.ociManifest, digest: status.digest, size: status.size), true)
    }
}

/// Tells of progress now and then: at most once for each hundredth and each 512 KiB.
final class ProgressMeter {
    private let step: Int64
    private let total: Int64
    private let tell: (Int64) -> Void
    private var last: Int64 = 0

    init(total: Int64, tell: @escaping (Int64) -> Void) {
        self.total = total
        self.tell = tell
        step = max(total / 100, 512 << 10)
    }

    func moved(_ offset: Int64) {
        guard offset - last >= step, offset < total else { return }
        last = offset
        tell(offset)
    }

    func end() { tell(total) }
}
