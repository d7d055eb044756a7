// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The push of a name that means an index. With everything here, or in the repository already, the index goes with all its
// platforms; else, as Docker does it, the one image that can go, under its own digest.

import Synchronization
import WharfBlocking
import WharfContent
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfOCI
import WharfRegistryClient

extension PushJob {
    /// Pushes what the name means.
    func runIndex(_ index: Digest) async throws -> PushedImage {
        let contents = try await store.blocking.own { [store] in
            try converting("push \(name.reference.familiar)") { try IndexContents.collect(index, in: store) }
        }
        do {
            let pushed = try await push(contents)
            try? await store.blocking.own { contents.release() }  // the pool ends only with the daemon, and the pins with it
            return pushed
        } catch {
            try? await store.blocking.own { contents.release() }
            throw error
        }
    }

    private func push(_ contents: IndexContents) async throws -> PushedImage {
        var missing: [ContentDescriptor] = []
        for descriptor in contents.missing where try await !session.hasManifest(descriptor.digest) { missing.append(descriptor) }
        guard missing.isEmpty else { return try await pushOne(of: contents) }
        try Failpoint.hit("image.push.collect")
        try await send(contents)
        try Failpoint.hit("image.push.manifest")
        let top = contents.descriptor
        for document in contents.documents.dropFirst().reversed() {
            let inner = document.descriptor
            try await session.putManifest(document.bytes, mediaType: inner.mediaType, digest: inner.digest, tag: nil)
        }
        guard let document = contents.documents.first else { throw WharfError(.dataLoss, "index \(top.digest) is gone") }
        try await session.putManifest(document.bytes, mediaType: top.mediaType, digest: top.digest, tag: name.reference.tag)
        try Failpoint.hit("image.push.record")
        try await store.blocking.own { [store, name] in
            try converting("push \(name.reference.familiar)") { try store.remember(index: top.digest, pushedAs: name) }
        }
        try Failpoint.hit("image.push.reply")
        let pushed = PushedImage(tag: name.reference.tag ?? "", reference: name.reference, digest: top.digest, size: top.size)
        progress(.pushed(pushed))
        return pushed
    }

    /// The image that suits this host stands in for an index that is not whole.
    private func pushOne(of contents: IndexContents) async throws -> PushedImage {
        let images = contents.parts.filter { $0.image != nil }
        let platforms = store.table.withLock { table in images.map { part in part.image.flatMap { table.images[$0]?.platform } } }
        let best = zip(images, platforms).compactMap { part, platform in
            platform.flatMap { Platform.host.rank(of: $0) }.map { (rank: $0, part: part) }
        }.min { $0.rank < $1.rank }?.part
        if images.count > 1, best == nil {
            throw WharfError(.conflict, "multiple matching manifests found but no specific platform requested")
        }
        // None is whole with the bytes that it came with: then a manifest is written that says what is here.
        guard let part = best ?? images.first, let image = part.image else { return try await run(name.image) }
        let pushed = try await run(image, manifest: part.descriptor.digest)
        progress(.insteadOfIndex(contents.descriptor, selected: part.descriptor))
        return pushed
    }

    /// Every blob of every manifest that the registry lacks, then the manifests, by digest.
    private func send(_ contents: IndexContents) async throws {
        var blobs: [ContentDescriptor] = []
        for blob in contents.parts.flatMap(\.blobs) where !blobs.contains(where: { $0.digest == blob.digest }) { blobs.append(blob) }
        let sources = store.table.withLock { table in
            table.layers.values.reduce(into: [Digest: LayerRecord]()) { if let blob = $1.blob { $0[blob.digest] = $1 } }
        }
        for blob in blobs where MediaType.isLayer(blob.mediaType) { progress(.layer(id: blob.digest.short, .preparing)) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for blob in blobs {
                let layer = sources[blob.digest]
                group.addTask { try await send(blob, layer, as: MediaType.isLayer(blob.mediaType) ? [blob.digest.short] : []) }
            }
            try await group.waitForAll()
        }
        for part in contents.parts {
            let descriptor = part.descriptor
            try await session.putManifest(part.document, mediaType: descriptor.mediaType, digest: descriptor.digest, tag: nil)
        }
    }
}

extension ImageStore {
    /// Notes the digest by which a repository knows an index now. Blocks.
    func remember(index: Digest, pushedAs name: ReferenceRecord) throws {
        try changes.withLock { _ in
            let record = table.withLock { table -> ReferenceRecord? in
                // It may have been removed meanwhile; then there is nothing to name.
                guard table.indexes[index] != nil, let present = table.references[name.id], present.index == index else { return nil }
                let record = ReferenceRecord(
                    name.reference.with(digest: index), image: present.image, index: index, tagged: name.tagged)
                return table.references[record.id]?.index == index ? nil : record
            }
            guard let record else { return }
            try metadata.write(durable: true) { try $0.put(record) }
            table.withLock { $0.put(record) }
        }
    }
}
