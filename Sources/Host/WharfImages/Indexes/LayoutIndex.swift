// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An index in an archive: all of its manifests that are packed become real with it. What is not packed is no mistake: tools
// pack one platform of several.

import WharfContent
import WharfError
import WharfJSON
import WharfOCI

/// One index of a layout, read to its leaves.
struct LayoutIndex {
    private let descriptor: ContentDescriptor
    private let platforms: [Platform]
    private let spool: ArchiveSpool
    /// The index documents that are packed, the outermost first.
    private var documents: [SpooledBlob] = []
    /// The manifests that are packed, each once.
    private(set) var manifests: [OCILayout.Found] = []

    /// - Parameter platforms: images for others are left out; empty for none.
    init(_ descriptor: ContentDescriptor, _ blob: SpooledBlob, _ spool: ArchiveSpool, _ platforms: [Platform]) throws {
        self.descriptor = descriptor
        self.platforms = platforms
        self.spool = spool
        try walk(descriptor, blob, depth: 1)
    }

    private mutating func walk(_ descriptor: ContentDescriptor, _ blob: SpooledBlob, depth: Int) throws {
        guard depth <= Index.depthLimit else {
            throw WharfError(.invalidArgument, "indexes stand more than \(Index.depthLimit) deep in each other")
        }
        documents.append(blob)
        let bytes = try converting("blob \(descriptor.digest)") { try blob.readAll(limit: Manifest.limits.bytes) }
        let index = try converting("index \(descriptor.digest)") { try Index.parse(bytes) }
        for child in index.manifests {
            if MediaType.isIndex(child.mediaType) {
                if let blob = try spool.blob(child) { try walk(child, blob, depth: depth + 1) }
            } else if !manifests.contains(where: { $0.descriptor.digest == child.digest }), isWanted(child),
                let found = try OCILayout.manifest(child, nil, spool)
            {
                manifests.append(found)
            }
        }
    }

    private func isWanted(_ child: ContentDescriptor) -> Bool {
        guard !platforms.isEmpty, let own = child.platform, !Index.isAttestation(child) else { return true }
        return platforms.contains { $0.matches(own) }
    }

    /// Makes the images ready, and the index with the names that mean it.
    ///
    /// - Throws: `invalidArgument` if no image of it is whole.
    func load(_ reference: Reference?, into job: ImageJob) throws {
        var members: [IndexRecord.Member] = []
        var problem: (any Error)?
        for item in manifests {
            do {
                members.append(try member(item, isKept: reference != nil, job))
            } catch let error as WharfError where error.code == .invalidArgument && !isPacked(item) {
                problem = problem ?? error
            }
        }
        guard members.contains(where: { $0.image != nil }) else {
            let wanted = (platforms.isEmpty ? [.host] : platforms).map(\.familiar).joined(separator: ", ")
            throw problem ?? WharfError(.invalidArgument, "the archive has no image for \(wanted)")
        }
        // Without a name nothing would keep its images together: each stands for itself.
        guard let reference else { return }
        for document in documents { job.want(document) }
        let record = IndexRecord(descriptor: descriptor.bare, documents: documents.map(\.status.digest), members: members)
        job.add(ImageJob.NewIndex(record: record, references: [reference]))
    }

    /// Whether everything that a manifest names is in the archive or here.
    private func isPacked(_ item: OCILayout.Found) -> Bool {
        ([item.manifest.config] + item.manifest.layers).allSatisfy { descriptor in
            // One that can't be looked up is told of by whoever needs it.
            (try? spool.blob(descriptor)) != nil
        }
    }

    /// An image of the index, or the blobs of what is none.
    private func member(_ item: OCILayout.Found, isKept: Bool, _ job: ImageJob) throws -> IndexRecord.Member {
        let parts = try OCILayout.parts(item, spool)
        let blobs = [item.blob, parts.config] + parts.layers
        let system = item.descriptor.platform?.os ?? "linux"
        let image = item.isImage && system == "linux" ? try job.build(parts, isPart: isKept) : nil
        if isKept { for blob in blobs { job.want(blob) } }
        return IndexRecord.Member(
            manifest: item.descriptor.bare, image: image,
            blobs: blobs.map(\.status.digest).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
    }
}
