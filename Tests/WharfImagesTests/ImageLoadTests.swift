// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `load`: every layout that tools write, what becomes of names, and what of damaged archives.

import Glibc
import Testing
import WharfArchive
import WharfContent
import WharfError
import WharfImages
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfOCI
import WharfTestKit

@Suite("load", .enabled(if: geteuid() == 0)) struct ImageLoadTests {
    private static let base = SampleImage.layer { tar in
        tar.directory("etc")
        tar.file("etc/name", Array("base".utf8))
        tar.directory("tmp", mode: 0o1777)
    }
    private static let top = SampleImage.layer { tar in
        tar.file("etc/.wh.name", [])
        tar.file("tmp/new", Array("top".utf8))
    }
    private static let image = SampleImage(["example:1"], layers: [base, top], labels: ["a": "b"])

    enum Layout: String, CaseIterable { case legacy, mixed, layout, gzip }

    private static func archive(_ layout: Layout, _ images: [SampleImage]) throws -> [UInt8] {
        switch layout {
        case .legacy: return SampleArchive.legacy(images)
        case .mixed: return SampleArchive.mixed(images)
        case .layout: return SampleArchive.layout(images)
        case .gzip:
            let sink = ArraySink()
            let gzip = GzipSink(sink)
            try gzip.write(SampleArchive.legacy(images))
            try gzip.finish()
            return sink.bytes
        }
    }

    @Test("layouts", arguments: Layout.allCases) func layouts(_ layout: Layout) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let log = ProgressLog()
            let loaded = try await fixture.images.load(body(try Self.archive(layout, [Self.image])), progress: log.add)
            #expect(loaded.map(\.id) == [Self.image.id])
            #expect(loaded.first?.references.map(\.familiar) == ["example:1"])
            #expect(log.all.last == loaded.first.map { .loaded($0) })
            let image = try fixture.images.resolve("example:1")
            #expect(image.id == Self.image.id)
            #expect(image.layers.map(\.chainID) == Self.image.chainIDs)
            #expect(image.size == 7)
            #expect(image.labels == ["a": "b"])
            #expect(image.created.rfc3339 == "2024-05-06T07:08:09Z")
            if layout != .gzip { #expect(image.manifest.digest == ContentHasher.digest(of: Self.image.manifest)) }
            #expect(try await fixture.images.inspect("example:1").config.config.command == ["sh"])
            #expect(try fixture.ingests == [])
            #expect(try await fixture.snapshots.count == 2)
            #expect(try fixture.blobs.count == 4)
        }
    }

    private static let large = SampleImage.large("big", bytes: 1_500_000, seed: 7)

    @Test("large layers, which are unpacked while the archive comes in", arguments: [false, true]) func early(
        _ compressed: Bool
    ) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let image = SampleImage(["large:1"], layers: [Self.base, Self.large], compressed: compressed)
            // One that nobody wants is dropped, and the same layer on another one is unpacked again.
            let unwanted = SampleImage.gzip(SampleImage.large("other", bytes: 1_500_000, seed: 8))
            let second = SampleImage(["large:2"], layers: [Self.top, Self.large], compressed: compressed)
            let loaded = try await fixture.images.load(body(SampleArchive.layout([image, second], extra: [unwanted])))
            #expect(loaded.map(\.id) == [image.id, second.id])
            #expect(try await fixture.snapshots.count == 4)
            let ingests = try fixture.ingests
            #expect(ingests == [])
            for found in fixture.images.list() { #expect(found.layers.last?.size == 1_500_000) }
            #expect(fixture.images.list().map(\.layers.count) == [2, 2])
            // What is here is not unpacked again.
            _ = try await fixture.images.load(body(SampleArchive.layout([image])))
            #expect(try await fixture.snapshots.count == 4)
        }
    }

    @Test("a large layer that is not what its image says") func earlyDamage() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let image = SampleImage(["large:1"], layers: [Self.base, Self.large])
            let other = SampleImage.large("big", bytes: 1_500_000, seed: 9)
            let bytes = SampleArchive.legacy([image], replacing: ["l0-1/layer.tar": other])
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.load(body(bytes)) }
            #expect(error?.message.contains("damaged") == true, "\(error?.message ?? "no error")")
            let left = try await fixture.ingests + fixture.blobs + fixture.snapshots
            #expect(left == [])
        }
    }

    @Test("layers hide, keep and inherit") func layers() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.legacy([Self.image])))
            let mounts = try await fixture.images.prepare(Self.image.id, key: "c1")
            #expect(mounts.count == 1)
            #expect(mounts.first?.type == "overlay")
            #expect(try await fixture.read("c1", "tmp/new") == "top")
            let topLayer = HostPath(fixture.folder.path("snapshots/2/fs"))
            let hidden = try RootFD(topLayer.openDirectory()).status("etc/name")
            #expect(hidden.kind == .characterDevice && hidden.deviceMajor == 0 && hidden.deviceMinor == 0)
            // The layer has no entry for /tmp: it must not lose its sticky bit.
            #expect(try (topLayer / "tmp").status().permissions == 0o1777)
        }
    }

    @Test("the same image again, with another name") func again() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.legacy([Self.image])))
            var renamed = Self.image
            renamed.tags = ["other:2", "localhost:5000/third:latest"]
            _ = try await fixture.images.load(body(SampleArchive.mixed([renamed])))
            #expect(fixture.images.list().count == 1)
            #expect(fixture.images.list().first?.references.map(\.familiar) == ["example:1", "localhost:5000/third:latest", "other:2"])
            #expect(try await fixture.snapshots.count == 2)
            #expect(try fixture.ingests == [])
        }
    }

    @Test("a name moves to the new image") func moved() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.legacy([Self.image])))
            let newer = SampleImage(["example:1"], layers: [Self.base])
            let log = ProgressLog()
            _ = try await fixture.images.load(body(SampleArchive.legacy([newer])), progress: log.add)
            #expect(log.all.contains { if case .renamed(_, let old) = $0 { old == Self.image.id } else { false } })
            #expect(try fixture.images.resolve("example:1").id == newer.id)
            #expect(try fixture.images.resolve(Self.image.id.hex).references == [])
            #expect(try await fixture.snapshots.count == 2)
        }
    }

    @Test("layers are shared between images of one archive, and repeated ones are links") func shared() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let one = SampleImage(["a:1"], layers: [Self.base, Self.top])
            let two = SampleImage(["b:1"], layers: [Self.base, SampleImage.layer("x", "y"), Self.base])
            let loaded = try await fixture.images.load(body(SampleArchive.legacy([one, two])))
            #expect(loaded.count == 2)
            #expect(try await fixture.snapshots.count == 4)
        }
    }

    @Test("rows survive a restart, and what has no row goes") func restart() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.legacy([Self.image])))
            let before = fixture.images.list()
            try HostPath(fixture.folder.path("content/ingest/load-zz-0")).writeAtomically([1])
            try HostPath(fixture.folder.path("content/blobs/sha256/\(String(repeating: "a", count: 64))")).writeAtomically([1])
            try HostPath(fixture.folder.path("snapshots/77/fs")).mkdir()
            let second = try await fixture.reopened()
            #expect(second.list() == before)
            #expect(try fixture.ingests == [])
            #expect(try fixture.blobs.count == 4)
            #expect(try await fixture.snapshots.count == 2)
        }
    }

    @Test(
        "damaged archives are refused and leave nothing",
        arguments: [
            ("not tar", "invalid archive"), ("empty", "empty"), ("nothing", "neither manifest.json nor index.json"),
            ("cut", "unexpected end"),
            ("no config", "no image config"), ("no layer", "no layer"), ("wrong layer", "damaged"),
            ("short list", "layers length mismatch"),
            ("bad json", "manifest.json"), ("bad config", "image config"), ("bad tag", "invalid reference format"),
            ("blob digest", "damaged"),
            ("no blob", "no blob"), ("index with layers", "fields of a manifest"), ("blob size", "its descriptor says"),
            ("both kinds", "of an index"), ("windows", "cannot load windows image"), ("outside", "outside"),
            ("breakout", "out of the root"),
            ("duplicate key", "twice"), ("schema 1", "schema 1"), ("xz layer", "xz"), ("empty list", "no image"),
        ])
    func damaged(_ name: String, _ reason: String) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let bytes = Self.damagedArchive(name)
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.load(body(bytes)) }
            #expect(error?.code == .invalidArgument, "\(error?.code.rawValue ?? "")")
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "no error")")
            #expect(fixture.images.list() == [])
            let left = try await fixture.ingests + fixture.blobs + fixture.snapshots
            #expect(left == [])
        }
    }

    @Test("a source that fails, and one that ends early") func failingSource() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let bytes = SampleArchive.legacy([Self.image])
            let (stream, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            continuation.yield(Array(bytes.prefix(3000)))
            continuation.finish(throwing: WharfError(.cancelled, "the client went away"))
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.load(stream) }
            #expect(error?.code == .cancelled)
            let left = try fixture.ingests + fixture.blobs
            #expect(left == [])
        }
    }

    @Test("platforms of an index") func platforms() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let own = SampleImage(["multi:1"], layers: [Self.base])
            let other = SampleImage([], layers: [Self.top], platform: Platform(architecture: "s390x"))
            func descriptor(_ image: SampleImage, _ platform: Platform) -> ContentDescriptor {
                ContentDescriptor(
                    mediaType: MediaType.ociManifest, digest: ContentHasher.digest(of: image.manifest), size: Int64(image.manifest.count),
                    platform: platform)
            }
            let inner = JSON.encode(Index(manifests: [descriptor(other, Platform(architecture: "s390x")), descriptor(own, .host)]))
            let outer = JSON.encode(
                Index(manifests: [
                    ContentDescriptor(
                        mediaType: MediaType.ociIndex, digest: ContentHasher.digest(of: inner), size: Int64(inner.count),
                        annotations: [Index.imageNameAnnotation: "docker.io/library/multi:1"])
                ]))
            let archive = SampleArchive.layout([own, other], index: outer, extra: [inner])
            let loaded = try await fixture.images.load(body(archive))
            #expect(loaded.map(\.id) == [own.id])
            let named = try fixture.images.resolve("multi:1")
            #expect(named.id == own.id)
            let foreign = try await fixture.images.load(body(archive), platforms: [Platform(architecture: "s390x")])
            #expect(foreign.map(\.id) == [other.id])
        }
    }

    private static func damagedArchive(_ name: String) -> [UInt8] {
        let layer = ContentHasher.digest(of: image.layers[0])
        switch name {
        case "not tar": return [UInt8](repeating: 0x41, count: 2000)
        case "empty": return []
        case "nothing": return SampleImage.layer("a", "b")
        case "cut": return Array(SampleArchive.legacy([image]).prefix(4000))
        case "no config": return SampleArchive.legacy([image], leavingOut: ["\(image.id.hex).json"])
        case "no layer": return SampleArchive.legacy([image], leavingOut: ["l0-1/layer.tar"])
        case "wrong layer": return SampleArchive.legacy([image], replacing: ["l0-1/layer.tar": SampleImage.layer("x", "y")])
        case "short list":
            let list = "[{\"Config\":\"\(image.id.hex).json\",\"RepoTags\":null,\"Layers\":[\"l0-0/layer.tar\"]}]"
            return SampleArchive.legacy([image], replacing: ["manifest.json": Array(list.utf8)])
        case "bad json": return SampleArchive.legacy([image], replacing: ["manifest.json": Array("[{]".utf8)])
        case "duplicate key":
            return SampleArchive.legacy([image], replacing: ["manifest.json": Array("[{\"Config\":\"a\",\"Config\":\"b\"}]".utf8)])
        case "empty list": return SampleArchive.legacy([image], replacing: ["manifest.json": Array("[]".utf8)])
        case "bad config":
            let config = Array("{\"rootfs\":{\"type\":\"other\"}}".utf8)
            return SampleArchive.legacy([image], replacing: ["\(image.id.hex).json": config])
        case "bad tag":
            var bad = image
            bad.tags = ["UPPER/case:1:2"]
            return SampleArchive.legacy([bad])
        case "blob digest":
            var bytes = SampleArchive.layout([image])
            bytes[512] ^= 1
            return bytes
        case "no blob": return SampleArchive.layout([image], leavingOut: [layer])
        case "index with layers":
            return SampleArchive.layout([image], index: Array("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}".utf8))
        case "blob size":
            let digest = ContentHasher.digest(of: image.manifest)
            return SampleArchive.layout(
                [image],
                index: JSON.encode(Index(manifests: [ContentDescriptor(mediaType: MediaType.ociManifest, digest: digest, size: 5)])))
        case "both kinds", "schema 1":
            let text =
                name == "schema 1"
                ? "{\"schemaVersion\":1,\"fsLayers\":[]}" : "{\"schemaVersion\":2,\"config\":{},\"layers\":[],\"manifests\":[]}"
            let manifest = Array(text.utf8)
            let descriptor = ContentDescriptor(
                mediaType: MediaType.ociManifest, digest: ContentHasher.digest(of: manifest), size: Int64(manifest.count))
            return SampleArchive.layout([image], index: JSON.encode(Index(manifests: [descriptor])), extra: [manifest])
        case "windows": return SampleArchive.legacy([SampleImage([], layers: [], platform: Platform(os: "windows", architecture: "amd64"))])
        case "outside": return SampleImage.layer("../manifest.json", "[]")
        case "xz layer":
            return SampleArchive.legacy(
                [image], replacing: ["l0-1/layer.tar": [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00] + [UInt8](repeating: 0, count: 600)])
        default: return SampleArchive.legacy([SampleImage([], layers: [SampleImage.layer("../../etc/cron.d/x", "y")])])
        }
    }
}
