// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `push` and `save`: what leaves this host is, byte for byte, what came.

import Glibc
import Synchronization
import Testing
import WharfArchive
import WharfContent
import WharfError
import WharfImages
import WharfJSON
import WharfOCI
import WharfTestKit

@Suite("push and save", .enabled(if: geteuid() == 0)) struct ImagePushTests {
    private static let base = SampleImage.layer { $0.file("etc/name", Array("base".utf8)) }
    private static let image = SampleImage(["own:1"], layers: [base, SampleImage.layer("x", "y")], compressed: true)

    private static func name(_ text: String) throws -> Reference { try Reference.parse(text) }

    @Test("pull, save, load, push and pull keep every digest") func roundTrip() async throws {
        try await ImageFixture.with { source async throws -> Void in
            source.registry.add(Self.image, "app", tag: "1")
            _ = try await source.images.pull(Self.name("reg.test/app:1"))
            let archive = try await source.save(["reg.test/app:1"])
            #expect(try await source.save(["reg.test/app:1"]) == archive)
            try await ImageFixture.with { target async throws -> Void in
                let loaded = try await target.images.load(body(archive))
                #expect(loaded.map(\.id) == [Self.image.id])
                #expect(loaded.first?.references.map(\.familiar) == ["reg.test/app:1"])
                let pushed = try await target.images.push(Self.name("reg.test/app:1"))
                #expect(pushed.map(\.digest) == [Self.image.descriptor.digest])
                #expect(target.registry.manifest("app", "1") == Self.image.manifest)
                #expect(try await target.save(["reg.test/app:1"]) == archive)
                try await ImageFixture.with { last async throws -> Void in
                    last.registry.state.withLock { last in
                        target.registry.state.withLock {
                            last.blobs = $0.blobs; last.manifests = $0.manifests
                        }
                    }
                    let pulled = try await last.images.pull(Self.name("reg.test/app:1"))
                    #expect(pulled.map(\.digest) == [Self.image.descriptor.digest])
                    #expect(pulled.map(\.id) == [Self.image.id])
                }
            }
        }
    }

    @Test("a push sends what the registry lacks, once") func existing() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.layout([Self.image])))
            _ = try await fixture.images.tag("own:1", as: "reg.test/app:1")
            let log = PushLog()
            let pushed = try await fixture.images.push(Self.name("reg.test/app:1"), progress: log.add)
            #expect(log.all.first == .repository("reg.test/app"))
            #expect(log.all.last == pushed.first.map { .pushed($0) })
            #expect(pushed.first?.size == Int64(Self.image.manifest.count))
            let id = ContentHasher.digest(of: Self.base).short
            #expect(log.states(id).first == .preparing)
            #expect(log.states(id).last == .pushed)
            #expect(try fixture.images.resolve("reg.test/app@\(Self.image.descriptor.digest)").id == Self.image.id)
            let again = PushLog()
            _ = try await fixture.images.push(Self.name("reg.test/app:1"), progress: again.add)
            #expect(again.states(id) == [.preparing, .alreadyExists])
            #expect(fixture.registry.state.withLock { $0.uploads.values.allSatisfy { $0 == 1 } })
        }
    }

    @Test("a neighbour lends the blob") func mounted() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.image, "team/app", tag: "1")
            _ = try await fixture.images.pull(Self.name("reg.test/team/app:1"))
            _ = try await fixture.images.tag("reg.test/team/app:1", as: "reg.test/other/app:2")
            let log = PushLog()
            _ = try await fixture.images.push(Self.name("reg.test/other/app:2"), progress: log.add)
            #expect(log.states(ContentHasher.digest(of: Self.base).short).last == .mounted(from: "team/app"))
            let layers = Self.image.blobs.map { ContentHasher.digest(of: $0) }
            #expect(fixture.registry.state.withLock { state in layers.allSatisfy { state.uploads[$0] == nil } })
            #expect(fixture.registry.manifest("other/app", "2") == Self.image.manifest)
        }
    }

    @Test("all tags, and names that are not here") func names() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.layout([Self.image])))
            for tag in ["1", "2"] { _ = try await fixture.images.tag("own:1", as: "reg.test/app:\(tag)") }
            let pushed = try await fixture.images.push(Self.name("reg.test/app"), options: PushOptions(allTags: true))
            #expect(pushed.map(\.tag) == ["1", "2"])
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.push(Self.name("reg.test/none:1")) }
            #expect(error?.code == .notFound)
            #expect(error?.message == "An image does not exist locally with the tag: reg.test/none")
        }
    }

    @Test("layers of an old archive are compressed on the way, and kept so") func compressed() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let image = SampleImage(["reg.test/old:1"], layers: [SampleImage.layer("text", String(repeating: "wharf ", count: 10_000))])
            _ = try await fixture.images.load(body(SampleArchive.legacy([image])))
            let pushed = try await fixture.images.push(Self.name("reg.test/old:1"))
            let manifest = try Manifest.parse(try #require(fixture.registry.manifest("old", "1")))
            #expect(manifest.layers.map(\.mediaType) == [MediaType.ociLayerGzip])
            #expect((manifest.layers.first?.size ?? .max) < Int64(image.layers[0].count / 10))
            #expect(try fixture.images.resolve("reg.test/old:1").manifest.digest == pushed.first?.digest)
            #expect(try fixture.blobs.count == 3)
            #expect(try fixture.ingests == [])
            // Loaded again elsewhere it is the same image.
            let archive = try await fixture.save(["reg.test/old:1"])
            try await ImageFixture.with { other async throws -> Void in
                #expect(try await other.images.load(body(archive)).map(\.id) == [image.id])
            }
            let second = try await fixture.reopened()
            #expect(second.list() == fixture.images.list())
            #expect(try fixture.blobs.count == 3)
        }
    }

    @Test("a layer that came with another image is sent by the blob that is here") func substituted() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let plain = SampleImage(["plain:1"], layers: [Self.base])
            _ = try await fixture.images.load(body(SampleArchive.layout([plain])))
            fixture.registry.add(Self.image, "app", tag: "1")
            _ = try await fixture.images.pull(Self.name("reg.test/app:1"))
            _ = try await fixture.images.remove("plain:1")
            _ = try await fixture.images.tag("reg.test/app:1", as: "reg.test/copy:1")
            _ = try await fixture.images.push(Self.name("reg.test/copy:1"))
            let manifest = try Manifest.parse(try #require(fixture.registry.manifest("copy", "1")))
            #expect(manifest.config.digest == Self.image.id)
            #expect(manifest.layers.first?.digest == ContentHasher.digest(of: Self.base))
            #expect(manifest.layers.last?.digest == ContentHasher.digest(of: Self.image.blobs[1]))
        }
    }

    @Test("save takes names, ids and whole repositories, and a reader may leave") func save() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let other = SampleImage(["own:2"], layers: [Self.base])
            _ = try await fixture.images.load(body(SampleArchive.layout([Self.image, other])))
            let all = try await fixture.save(["own"])
            try await ImageFixture.with { target async throws -> Void in
                let loaded = try await target.images.load(body(all))
                #expect(Set(loaded.flatMap(\.references).map(\.familiar)) == ["own:1", "own:2"])
            }
            let byID = try await fixture.save([other.id.hex])
            try await ImageFixture.with { target async throws -> Void in
                #expect(try await target.images.load(body(byID)).map(\.references) == [[]])
            }
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.save(["own:1", "none:1"]) }
            #expect(error?.code == .notFound)
            var iterator: SaveStream.AsyncIterator? = try await fixture.images.save(["own"]).makeAsyncIterator()
            _ = try await iterator?.next()
            iterator = nil
            _ = try await fixture.images.remove("own:2")
        }
    }

    @Test("prune takes what nobody uses, and says how much") func prune() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let old = SampleImage(["moved:1"], layers: [Self.base, SampleImage.layer("o", "old")])
            let new = SampleImage(["moved:1"], layers: [Self.base, SampleImage.layer("n", "newer")])
            let used = SampleImage(["used:1"], layers: [SampleImage.layer("u", "used")], labels: ["keep": "1"])
            for image in [old, new, used] { _ = try await fixture.images.load(body(SampleArchive.layout([image]))) }
            _ = try await fixture.images.prepare(used.id, key: "c1")
            let usage = try await fixture.images.diskUsage()
            #expect(usage.layers == 4 + 3 + 5 + 4)
            #expect(usage.items.first { $0.image.id == new.id }?.shared == 4)
            #expect(usage.items.first { $0.image.id == new.id }?.unique == 5)
            #expect(usage.items.first { $0.image.id == used.id }?.containers == ["c1"])
            #expect(usage.reclaimable == 12)
            let kept = try await fixture.images.prune(PruneOptions { $0.labels["no"] != nil })
            #expect(kept.removals == [])
            let dangling = try await fixture.images.prune(PruneOptions())
            #expect(dangling.removals.map(\.image.id) == [old.id])
            #expect(dangling.reclaimed == 3)
            let all = try await fixture.images.prune(PruneOptions(danglingOnly: false))
            #expect(all.removals.map(\.image.id) == [new.id])
            #expect(all.removals.first?.removals.first == .untagged("moved:1"))
            #expect(fixture.images.list().map(\.id) == [used.id])
            #expect(try fixture.blobs.count == 3)
        }
    }
}

/// News of a push in order, from any thread.
final class PushLog: Sendable {
    private let log = Mutex<[PushProgress]>([])
    var all: [PushProgress] { log.withLock { $0 } }
    func add(_ progress: PushProgress) { log.withLock { $0.append(progress) } }

    func states(_ id: String) -> [PushedLayerState] {
        all.compactMap { if case .layer(let layer, let state) = $0, layer.utf8.elementsEqual(id.utf8) { state } else { nil } }
    }
}
