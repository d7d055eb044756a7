// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Lays images out in a save archive. Everything that could differ between two runs is fixed: order, times, owners.

import WharfArchive
import WharfContent
import WharfJSON
import WharfLinux
import WharfOCI

/// Writes one archive.
struct SaveWriter {
    private let tar: TarWriter
    private let sink: BridgeSink
    private let content: any BlobStore
    private let platforms: [Platform]

    /// - Parameter platforms: of indexes only what is for these goes; empty for all.
    init(_ sink: BridgeSink, _ content: any BlobStore, _ platforms: [Platform]) {
        self.sink = sink
        self.content = content
        self.platforms = platforms
        tar = TarWriter(sink)
    }

    func write(_ images: [SavedImage]) throws {
        try directory("blobs/")
        for algorithm in algorithms(images) { try directory("blobs/\(algorithm.rawValue)/") }
        var written: Set<Digest> = []
        for image in images { try write(image, &written) }
        try file("index.json", JSON.encode(index(images)))
        try file("manifest.json", Self.dockerList(images))
        try file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        if let repositories = Self.repositories(images) { try file("repositories", repositories) }
        try tar.finish()
        try sink.flush()
    }

    private func write(_ image: SavedImage, _ written: inout Set<Digest>) throws {
        let contents = image.contents
        for layer in contents.layers where written.insert(layer.descriptor.digest).inserted { try blob(layer.descriptor) }
        if written.insert(contents.config.digest).inserted { try blob(contents.config) }
        guard let index = image.index else {
            if written.insert(contents.manifest.digest).inserted { try file(Self.path(contents.manifest.digest), contents.document) }
            return
        }
        for part in parts(index) {
            for descriptor in part.blobs where written.insert(descriptor.digest).inserted { try blob(descriptor) }
            if written.insert(part.descriptor.digest).inserted { try file(Self.path(part.descriptor.digest), part.document) }
        }
        for document in index.documents where written.insert(document.descriptor.digest).inserted {
            try file(Self.path(document.descriptor.digest), document.bytes)
        }
    }

    /// The manifests of an index that go, with what attests them.
    private func parts(_ index: IndexContents) -> [IndexContents.Part] {
        guard !platforms.isEmpty else { return index.parts }
        let wanted = index.parts.filter { part in
            guard let own = part.descriptor.platform, !Index.isAttestation(part.descriptor) else { return part.image != nil }
            return platforms.contains { $0.matches(own) }
        }
        let digests = Set(wanted.map(\.descriptor.digest.description))
        return index.parts.filter { part in
            digests.contains(part.descriptor.digest.description)
                || part.descriptor.annotations[Index.attestedAnnotation].map(digests.contains) ?? false
        }
    }

    // MARK: Members

    private func directory(_ path: String) throws(ArchiveError) {
        try tar.append(TarEntry(Array(path.utf8), kind: .directory, permissions: 0o755))
    }

    private func file(_ path: String, _ bytes: [UInt8]) throws(ArchiveError) {
        try tar.append(TarEntry(Array(path.utf8), permissions: 0o644), data: bytes)
    }

    private func blob(_ descriptor: ContentDescriptor) throws {
        let reader = try content.open(descriptor.digest)
        try tar.append(TarEntry(Array(Self.path(descriptor.digest).utf8), permissions: 0o644, size: reader.size))
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        var offset: Int64 = 0
        while offset < reader.size {
            let start = offset
            let count = try buffer.withMutableRawBytes { bytes throws(ContentError) -> Int in try reader.read(into: bytes, at: start) }
            if count == 0 { break }
            offset += Int64(count)
            try buffer.withRawBytes { bytes throws(ArchiveError) in try tar.write(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
        }
    }

    private static func path(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    private func algorithms(_ images: [SavedImage]) -> [Digest.Algorithm] {
        let used = Set(
            images.flatMap { image -> [Digest] in
                let parts = image.index.map(parts) ?? []
                return [image.contents.manifest.digest, image.contents.config.digest] + image.contents.layers.map(\.descriptor.digest)
                    + (image.index?.documents.map(\.descriptor.digest) ?? [])
                    + parts.flatMap { [$0.descriptor.digest] + $0.blobs.map(\.digest) }
            }.map(\.algorithm))
        return Digest.Algorithm.allCases.filter(used.contains)
    }

    // MARK: Tables of contents

    /// One entry for each name, so that any tool finds any of them.
    private func index(_ images: [SavedImage]) -> Index {
        Index(
            manifests: images.flatMap { image -> [ContentDescriptor] in
                var descriptor = image.index?.descriptor ?? image.contents.manifest
                if image.index == nil { descriptor.platform = image.contents.record.platform }
                guard !image.references.isEmpty else { return [descriptor] }
                return image.references.map { name in
                    descriptor.annotations = [
                        Index.imageNameAnnotation: name.description, Index.referenceNameAnnotation: name.tag ?? "",
                    ]
                    return descriptor
                }
            })
    }

    private static func dockerList(_ images: [SavedImage]) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in
            for image in images {
                json.object { json in
                    json.field("Config", path(image.contents.config.digest))
                    json.field("RepoTags", image.references.map(\.familiar))
                    json.field("Layers", image.contents.layers.map { path($0.descriptor.digest) })
                }
            }
        }
        return json.bytes
    }

    /// `{"busybox": {"latest": "<top layer>"}}`; nil without names.
    private static func repositories(_ images: [SavedImage]) -> [UInt8]? {
        var tags: [String: [String: String]] = [:]
        for image in images {
            for name in image.references {
                guard let tag = name.tag, let top = image.contents.layers.last else { continue }
                tags[name.familiarName, default: [:]][tag] = top.descriptor.digest.hex
            }
        }
        return tags.isEmpty ? nil : JSON.encode(tags)
    }
}
