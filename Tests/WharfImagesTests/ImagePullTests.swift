// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `pull` from a registry in memory: what becomes real, what is chosen, what is shared, and what a cancelled or lied-to pull
// leaves.

import Glibc
import Synchronization
import Testing
import WharfContent
import WharfError
import WharfImages
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("pull", .enabled(if: geteuid() == 0)) struct ImagePullTests {
    private static let base = SampleImage.layer { tar in
        tar.directory("tmp", mode: 0o1777)
        tar.file("etc/name", Array("base".utf8))
    }
    private static let top = SampleImage.layer { tar in
        tar.file("etc/.wh.name", [])
        tar.file("tmp/new", Array("top".utf8))
    }
    private static let image = SampleImage([], layers: [base, top], compressed: true)

    private static func name(_ text: String) throws -> Reference { try Reference.parse(text) }

    @Test("an image becomes real with its names, and again without work") func simple() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.image, "team/app", tag: "1")
            let log = PullLog()
            let pulled = try await fixture.images.pull(Self.name("reg.test:5000/team/app:1"), progress: log.add)
            #expect(pulled.map(\.id) == [Self.image.id])
            #expect(pulled.first?.isNewer == true)
            let image = try fixture.images.resolve("reg.test:5000/team/app:1")
            #expect(image.layers.map(\.chainID) == Self.image.chainIDs)
            #expect(image.manifest.digest == Self.image.descriptor.digest)
            #expect(
                image.references.map(\.familiar) == [
                    "reg.test:5000/team/app:1", "reg.test:5000/team/app@\(Self.image.descriptor.digest)",
                ])
            #expect(try fixture.blobs.count == 4)
            #expect(try fixture.ingests == [])
            #expect(try await fixture.snapshots.count == 2)
            _ = try await fixture.images.prepare(Self.image.id, key: "c1")
            #expect(try await fixture.read("c1", "tmp/new") == "top")
            // The upper layer has no entry for /tmp: it must not lose its sticky bit. Either of the two folders may be its.
            for folder in ["1", "2"] {
                #expect(try HostPath(fixture.folder.path("snapshots/\(folder)/fs/tmp")).status().permissions == 0o1777)
            }
            #expect(log.all.first == .pulling(tag: "1", from: "team/app"))
            #expect(log.all.contains(.digest(Self.image.descriptor.digest)))
            let id = ContentHasher.digest(of: Self.image.blobs[1]).short
            let states = log.states(id)
            #expect(states.first == .pullingFSLayer)
            #expect(states.contains(.downloadComplete))
            #expect(states.last == .pullComplete)

            let again = try await fixture.images.pull(Self.name("reg.test:5000/team/app:1"))
            #expect(again.first?.isNewer == false)
            #expect(fixture.registry.given(Self.image.blobs[0]) == Int64(Self.image.blobs[0].count))
            let second = try await fixture.reopened()
            #expect(second.list() == fixture.images.list())
        }
    }

    @Test("by digest: only the digest is a name") func digest() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.image, "app", tag: "1")
            let digest = Self.image.descriptor.digest
            _ = try await fixture.images.pull(Self.name("reg.test/app:1@\(digest)"))
            let image = try fixture.images.resolve("reg.test/app@\(digest)")
            #expect(image.references.map(\.familiar) == ["reg.test/app@\(digest)"])
        }
    }

    @Test("all tags") func allTags() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let other = SampleImage([], layers: [Self.base], compressed: true)
            fixture.registry.add(Self.image, "app", tag: "1")
            fixture.registry.add(other, "app", tag: "2")
            let pulled = try await fixture.images.pull(Self.name("reg.test/app"), options: PullOptions(allTags: true))
            #expect(pulled.map(\.reference.familiar) == ["reg.test/app:1", "reg.test/app:2"])
            #expect(fixture.images.list().count == 2)
            #expect(fixture.registry.given(Self.image.blobs[0]) == Int64(Self.image.blobs[0].count))
        }
    }

    // MARK: Choice

    private func index(_ manifests: [ContentDescriptor]) -> [UInt8] { JSON.encode(Index(manifests: manifests)) }

    private func entry(_ image: SampleImage, _ platform: Platform?) -> ContentDescriptor {
        var descriptor = image.descriptor
        descriptor.platform = platform
        return descriptor
    }

    @Test("an index gives the platform's own, and keeps its digest") func platforms() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let foreign = SampleImage([], layers: [Self.top], platform: Platform(architecture: "s390x"))
            let attestation = ContentDescriptor(
                mediaType: MediaType.ociManifest, digest: foreign.descriptor.digest, size: foreign.descriptor.size,
                annotations: ["vnd.docker.reference.type": "attestation-manifest"],
                platform: Platform(os: "unknown", architecture: "unknown"))
            let document = index([
                attestation, entry(foreign, Platform(architecture: "s390x")), entry(Self.image, .host),
            ])
            fixture.registry.add(Self.image, "app", tag: nil)
            fixture.registry.add(foreign, "app", tag: nil)
            fixture.registry.add(document, type: MediaType.ociIndex, "app", tag: "1")
            let pulled = try await fixture.images.pull(Self.name("reg.test/app:1"))
            #expect(pulled.first?.id == Self.image.id)
            #expect(pulled.first?.digest == ContentHasher.digest(of: document))
            let own = try fixture.images.resolve("reg.test/app@\(ContentHasher.digest(of: document))")
            #expect(own.id == Self.image.id)
            let other = try await fixture.images.pull(
                Self.name("reg.test/app:1"), options: PullOptions(platform: Platform("linux/s390x")))
            #expect(other.first?.id == foreign.id)
            let error = await #expect(throws: WharfError.self) {
                _ = try await fixture.images.pull(Self.name("reg.test/app:1"), options: PullOptions(platform: Platform("linux/arm64")))
            }
            #expect(error?.message == "no matching manifest for linux/arm64 in the manifest list entries")
            #expect(error?.code == .notFound)
        }
    }

    @Test("indexes in indexes, up to four", arguments: [4, 5]) func nested(_ depth: Int) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.image, "app", tag: nil)
            var inner = entry(Self.image, .host)
            for level in 1...depth {
                let document = index([inner])
                fixture.registry.add(document, type: MediaType.ociIndex, "app", tag: level == depth ? "1" : nil)
                inner = ContentDescriptor(
                    mediaType: MediaType.ociIndex, digest: ContentHasher.digest(of: document), size: Int64(document.count), platform: .host)
            }
            if depth <= 4 {
                #expect(try await fixture.images.pull(Self.name("reg.test/app:1")).first?.id == Self.image.id)
            } else {
                let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.pull(Self.name("reg.test/app:1")) }
                #expect(error?.message.contains("more than 4 deep") == true)
            }
        }
    }

    @Test(
        "documents that are not what they should be",
        arguments: [
            ("both", "of an index"), ("index with layers", "fields of a manifest"), ("schema 1", "schema 1"),
            ("artifact", "encountered remote"), ("no config", "no config"), ("layers", "more than 512"),
            ("config size", "more than the 8388608"), ("count", "don't match image configuration"), ("windows", "windows"),
            ("unknown type", "unsupported manifest media type"), ("wrong config", "image config verification failed"),
        ])
    func documents(_ name: String, _ reason: String) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            Self.addBad(name, to: fixture.registry)
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.pull(Self.name("reg.test/bad:1")) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(error?.message.contains("reg.test/bad") == true, "\(error?.message ?? "")")
            #expect(fixture.images.list() == [])
            let left = try await fixture.ingests + fixture.blobs + fixture.snapshots
            #expect(left == [])
        }
    }

    private static func addBad(_ name: String, to registry: MemoryRegistry) {
        let text = String(decoding: image.manifest, as: UTF8.self)
        var bytes = image.manifest
        var type = MediaType.ociManifest
        registry.add(image, "bad", tag: nil)
        switch name {
        case "both": bytes = Array((text.dropLast() + ",\"manifests\":[]}").utf8)
        case "index with layers":
            type = MediaType.ociIndex
            bytes = Array((text.dropLast() + ",\"manifests\":[]}").utf8)
        case "schema 1":
            type = MediaType.dockerManifestV1Signed
            bytes = Array("{\"schemaVersion\":1,\"fsLayers\":[]}".utf8)
        case "artifact":
            bytes = JSON.encode(Manifest(config: ContentDescriptor(mediaType: "application/x", digest: image.id, size: 1), layers: []))
        case "no config": bytes = Array("{\"schemaVersion\":2,\"layers\":[]}".utf8)
        case "layers":
            let layer = ContentDescriptor(mediaType: MediaType.ociLayer, digest: image.id, size: 1)
            bytes = JSON.encode(Manifest(config: image.configDescriptor, layers: Array(repeating: layer, count: 513)))
        case "config size":
            let config = ContentDescriptor(mediaType: MediaType.ociConfig, digest: image.id, size: 8 << 20 + 1)
            bytes = JSON.encode(Manifest(config: config, layers: []))
        case "count": bytes = JSON.encode(Manifest(config: image.configDescriptor, layers: []))
        case "windows":
            let other = SampleImage([], layers: [base], platform: Platform(os: "windows", architecture: "amd64"))
            registry.add(other, "bad", tag: nil)
            bytes = other.manifest
        case "unknown type": type = "application/json"
        default:
            // The registry gives another configuration than it was asked for, of the same length.
            var other = image.config
            other[other.count - 2] ^= 1
            registry.state.withLock { $0.blobs["bad"]?[image.id] = other }
        }
        registry.add(bytes, type: type, "bad", tag: "1")
    }

    // MARK: Layers

    @Test("a layer that is here is not downloaded, whatever its compression") func present() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.legacy([SampleImage(["old:1"], layers: [Self.base])])))
            fixture.registry.add(Self.image, "app", tag: "1")
            let log = PullLog()
            _ = try await fixture.images.pull(Self.name("reg.test/app:1"), progress: log.add)
            #expect(fixture.registry.given(Self.image.blobs[0]) == 0)
            #expect(log.states(ContentHasher.digest(of: Self.image.blobs[0]).short) == [.alreadyExists])
            // Its own layer goes, and the shared one stays.
            _ = try await fixture.images.remove("old:1")
            _ = try await fixture.images.prepare(Self.image.id, key: "c1")
            #expect(try await fixture.read("c1", "tmp/new") == "top")
        }
    }

    @Test("damaged layers are refused and leave nothing", arguments: ["wrong bytes", "short", "long", "not tar", "other layer"])
    func damaged(_ name: String) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let text = Array("this is no archive, but its digest is right".utf8)
            let image = name == "not tar" ? SampleImage([], layers: [Self.base, text]) : Self.image
            fixture.registry.add(image, "app", tag: "1")
            let digest = ContentHasher.digest(of: image.blobs[1])
            fixture.registry.state.withLock { state in
                guard var bytes = state.blobs["app"]?[digest] else { return }
                switch name {
                case "wrong bytes": bytes[bytes.count / 2] ^= 1
                case "short": bytes.removeLast()
                case "long": bytes.append(0)
                case "other layer": bytes = Array(Self.image.blobs[0].prefix(bytes.count)) + bytes.dropFirst(Self.image.blobs[0].count)
                default: break
                }
                state.blobs["app"]?[digest] = bytes
            }
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.pull(Self.name("reg.test/app:1")) }
            #expect(error?.message.contains("reg.test/app") == true, "\(error?.message ?? "")")
            if name != "short" { #expect(error?.code == .invalidArgument) }
            #expect(fixture.images.list() == [])
            #expect(try await fixture.snapshots == [])
            #expect(try fixture.blobs == [])
            // A verified blob may wait for the next attempt; the bad one may not.
            let kept = try fixture.ingests.filter { $0.contains(digest.hex) }
            #expect(name == "short" || kept == [])
        }
    }
}

/// News of a pull in order, from any thread.
final class PullLog: Sendable {
    private let log = Mutex<[PullProgress]>([])
    var all: [PullProgress] { log.withLock { $0 } }
    func add(_ progress: PullProgress) { log.withLock { $0.append(progress) } }

    func states(_ id: String) -> [LayerState] {
        all.compactMap { if case .layer(let layer, let state) = $0, layer.utf8.elementsEqual(id.utf8) { state } else { nil } }
    }
}
