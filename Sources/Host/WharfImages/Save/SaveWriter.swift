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

    init(_ sink: BridgeSink, _ content: any BlobStore) {
        self.sink = sink
        self.content = content
        tar = TarWriter(sink)
    }

    func write(_ images: [(contents: ImageContents, names: [Reference])]) throws {
        try directory("blobs/")
        for algorithm in algorithms(images) { try directory("blobs/\(algorithm.rawValue)/") }
        var written: Set<Digest> = []
        for (contents, _) in images {
            for layer in contents.layers where written.insert(layer.descriptor.digest).inserted { try blob(layer.descriptor) }
            if written.insert(contents.config.digest).inserted { try blob(contents.config) }
            if written.insert(contents.manifest.digest).inserted { try file(Self.path(contents.manifest.digest), contents.document) }
        }
        try file("index.json", JSON.encode(index(images)))
        try file("manifest.json", Self.dockerList(images))
        try file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        try tar.finish()
        try sink.flush()
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

    private func algorithms(_ images: [(contents: ImageContents, names: [Reference])]) -> [Digest.Algorithm] {
        let used = Set(
            images.flatMap { image in
                [image.contents.manifest.digest.algorithm, image.contents.config.digest.algorithm]
                    + image.contents.layers.map(\.descriptor.digest.algorithm)
            })
        return Digest.Algorithm.allCases.filter(used.contains)
    }

    // MARK: Tables of contents

    /// One entry for each name, so that any tool finds any of them.
    private func index(_ images: [(contents: ImageContents, names: [Reference])]) -> Index {
        Index(
            manifests: images.flatMap { contents, names -> [ContentDescriptor] in
                var descriptor = contents.manifest
                descriptor.platform = contents.record.platform
                guard !names.isEmpty else { return [descriptor] }
                return names.map { name in
                    descriptor.annotations = [
                        Index.imageNameAnnotation: name.description, Index.referenceNameAnnotation: name.tag ?? "",
                    ]
                    return descriptor
                }
            })
    }

    private static func dockerList(_ images: [(contents: ImageContents, names: [Reference])]) -> [UInt8] {
        var json = JSONWriter()
        json.array { json in
            for (contents, names) in images {
                json.object { json in
                    json.field("Config", path(contents.config.digest))
                    json.field("RepoTags", names.map(\.familiar))
                    json.field("Layers", contents.layers.map { path($0.descriptor.digest) })
                }
            }
        }
        return json.bytes
    }
}
