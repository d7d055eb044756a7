// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Image archives as tests need them: in the old layout of `docker save`, in the mixed one of Docker 25, and as an OCI
// layout, whole or with one thing wrong.

import WharfArchive
import WharfContent
import WharfJSON
import WharfOCI
import WharfTestKit

/// An image with its documents, ready to be packed.
struct SampleImage {
    let layers: [[UInt8]]
    let config: [UInt8]
    var tags: [String]
    var compressed: Bool

    init(
        _ tags: [String], layers: [[UInt8]], labels: [String: String] = [:], created: String = "2024-05-06T07:08:09Z",
        platform: Platform = .host, compressed: Bool = false
    ) {
        self.tags = tags
        self.compressed = compressed
        self.layers = layers
        var defaults = ContainerDefaults()
        defaults.command = ["sh"]
        defaults.environment = ["PATH=/bin"]
        defaults.labels = labels
        config = JSON.encode(
            ImageConfig(
                platform: platform, created: Timestamp(rfc3339: created) ?? .zero, config: defaults,
                diffIDs: layers.map { ContentHasher.digest(of: $0) },
                history: layers.map { _ in ImageConfig.History(createdBy: "test") }))
    }

    var id: Digest { ContentHasher.digest(of: config) }
    var configDescriptor: ContentDescriptor { ContentDescriptor(mediaType: MediaType.ociConfig, digest: id, size: Int64(config.count)) }
    var manifest: [UInt8] {
        JSON.encode(
            Manifest(
                config: configDescriptor,
                layers: blobs.map {
                    ContentDescriptor(
                        mediaType: compressed ? MediaType.ociLayerGzip : MediaType.ociLayer, digest: ContentHasher.digest(of: $0),
                        size: Int64($0.count))
                }))
    }
    /// The layers as they lie in a registry.
    var blobs: [[UInt8]] { compressed ? layers.map(Self.gzip) : layers }
    var descriptor: ContentDescriptor {
        ContentDescriptor(mediaType: MediaType.ociManifest, digest: ContentHasher.digest(of: manifest), size: Int64(manifest.count))
    }

    static func gzip(_ bytes: [UInt8]) -> [UInt8] {
        let sink = ArraySink()
        let gzip = GzipSink(sink)
        // Into memory: nothing that could fail.
        try? gzip.write(bytes)
        try? gzip.finish()
        return sink.bytes
    }

    /// A layer with one file of so many bytes that don't compress, different for each seed.
    static func large(_ path: String, bytes count: Int, seed: UInt64) -> [UInt8] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        let bytes = (0..<count).map { _ -> UInt8 in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 32)
        }
        return layer { $0.file(path, bytes) }
    }
    var chainIDs: [Digest] {
        layers.reduce(into: []) { chain, layer in
            let diffID = ContentHasher.digest(of: layer)
            chain.append(chain.last.map { ContentHasher.digest(of: Array("\($0) \(diffID)".utf8)) } ?? diffID)
        }
    }

    /// A layer's tar.
    static func layer(_ build: (inout UstarWriter) -> Void) -> [UInt8] {
        var writer = UstarWriter()
        build(&writer)
        return writer.finish()
    }

    /// A layer with one file.
    static func layer(_ path: String, _ text: String) -> [UInt8] { layer { $0.file(path, Array(text.utf8)) } }
}

/// Packs images.
enum SampleArchive {
    /// `docker save` before 25: `<hex>.json`, `<hex>/layer.tar`, a link for a layer that stands twice, `manifest.json` last.
    static func legacy(_ images: [SampleImage], leavingOut missing: Set<String> = [], replacing: [String: [UInt8]] = [:]) -> [UInt8] {
        var tar = UstarWriter()
        var items: [JSONValue] = []
        func put(_ name: String, _ bytes: [UInt8]) {
            if !missing.contains(name) { tar.file(name, replacing[name] ?? bytes) }
        }
        for (number, image) in images.enumerated() {
            var names: [String] = []
            for (index, layer) in image.layers.enumerated() {
                let name = "l\(number)-\(index)/layer.tar"
                names.append(name)
                if index > 0, image.layers[index] == image.layers[0] {
                    tar.symbolicLink(name, to: "../l\(number)-0/layer.tar")
                } else {
                    put(name, layer)
                }
            }
            put("\(image.id.hex).json", image.config)
            items.append(item("\(image.id.hex).json", image.tags, names))
        }
        put("manifest.json", JSON.encode(JSONValue.array(items)))
        return tar.finish()
    }

    /// `docker save` of 25 and later: an OCI layout with a `manifest.json` beside it.
    static func mixed(_ images: [SampleImage]) -> [UInt8] {
        var tar = UstarWriter()
        addLayout(images, &tar)
        let items = images.map { image in
            item(
                "blobs/sha256/\(image.id.hex)", image.tags, image.blobs.map { "blobs/sha256/\(ContentHasher.digest(of: $0).hex)" })
        }
        tar.file("manifest.json", JSON.encode(JSONValue.array(items)))
        return tar.finish()
    }

    /// An OCI layout alone.
    static func layout(
        _ images: [SampleImage], leavingOut missing: Set<Digest> = [], index: [UInt8]? = nil, extra: [[UInt8]] = []
    ) -> [UInt8] {
        var tar = UstarWriter()
        addLayout(images, &tar, leavingOut: missing, index: index, extra: extra)
        return tar.finish()
    }

    private static func addLayout(
        _ images: [SampleImage], _ tar: inout UstarWriter, leavingOut missing: Set<Digest> = [], index: [UInt8]? = nil,
        extra: [[UInt8]] = []
    ) {
        var descriptors: [ContentDescriptor] = []
        for bytes in images.flatMap({ $0.blobs + [$0.config, $0.manifest] }) + extra {
            let digest = ContentHasher.digest(of: bytes)
            if !missing.contains(digest) { tar.file("blobs/sha256/\(digest.hex)", bytes) }
        }
        for image in images {
            var descriptor = ContentDescriptor(
                mediaType: MediaType.ociManifest, digest: ContentHasher.digest(of: image.manifest), size: Int64(image.manifest.count))
            if let tag = image.tags.first { descriptor.annotations = [Index.referenceNameAnnotation: tag] }
            descriptors.append(descriptor)
        }
        tar.file("oci-layout", Array("{\"imageLayoutVersion\":\"1.0.0\"}".utf8))
        tar.file("index.json", index ?? JSON.encode(Index(manifests: descriptors)))
    }

    private static func item(_ config: String, _ tags: [String], _ layers: [String]) -> JSONValue {
        let text = JSON.encode(["Layers": layers, "RepoTags": tags])
        let both = Array("{\"Config\":\"\(config)\",".utf8) + text.dropFirst()
        return (try? JSON.parse(both)) ?? .null
    }
}

/// Bytes as an async body in pieces.
func body(_ bytes: [UInt8], piece: Int = 10_000) -> AsyncStream<[UInt8]> {
    AsyncStream { continuation in
        for start in stride(from: 0, to: bytes.count, by: piece) {
            continuation.yield(Array(bytes[start..<min(bytes.count, start + piece)]))
        }
        continuation.finish()
    }
}
