// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Names that mean several platforms: what of them comes, what goes on, and what a removal takes.

import Glibc
import Synchronization
import Testing
import WharfContent
import WharfError
import WharfImages
import WharfJSON
import WharfOCI
import WharfTestKit

@Suite("several platforms", .enabled(if: geteuid() == 0)) struct IndexTests {
    private static let image = MultiImage()

    private static func name(_ text: String) throws -> Reference { try Reference.parse(text) }

    /// A store with both platforms, as an archive brought them.
    private func loaded(_ body: (ImageFixture) async throws -> Void) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let loaded = try await fixture.images.load(WharfImagesTests.body(Self.image.layout("reg.test/multi:1")))
            #expect(loaded.map(\.id) == [Self.image.own.id])
            #expect(loaded.first?.references.map(\.familiar) == ["reg.test/multi:1"])
            try await body(fixture)
        }
    }

    @Test("a pull brings one platform and keeps the index", arguments: [false, true]) func pull(_ isNested: Bool) async throws {
        let multi = MultiImage(isNested: isNested)
        try await ImageFixture.with { fixture async throws -> Void in
            multi.put(fixture.registry, "multi", tag: "1")
            let pulled = try await fixture.images.pull(Self.name("reg.test/multi:1"))
            #expect(pulled.map(\.id) == [multi.own.id])
            #expect(pulled.map(\.digest) == [multi.digest])
            let image = try fixture.images.resolve("reg.test/multi:1")
            #expect(image.index?.digest == multi.digest)
            let parts = try await fixture.images.parts(image)
            #expect(parts.map(\.isAvailable) == [false, true, false])
            #expect(parts.map(\.kind) == [.image, .image, .attestation(of: multi.own.descriptor.digest)])
            let again = try await fixture.images.pull(Self.name("reg.test/multi:1"))
            #expect(again.map(\.isNewer) == [false])
            let error = #expect(throws: WharfError.self) { try fixture.images.resolve("reg.test/multi:1", platform: MultiImage.foreign) }
            #expect(error?.code == .notFound)
            #expect(
                error?.message
                    == "image with reference reg.test/multi:1 was found but does not provide the specified platform (linux/s390x)")
        }
    }

    @Test("a second platform joins the first, and both go on") func joined() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            Self.image.put(fixture.registry, "multi", tag: "1")
            _ = try await fixture.images.pull(Self.name("reg.test/multi:1"))
            let options = PullOptions(platform: MultiImage.foreign)
            let second = try await fixture.images.pull(Self.name("reg.test/multi:1"), options: options)
            #expect(second.map(\.isNewer) == [true])
            #expect(try fixture.images.resolve("reg.test/multi:1").id == Self.image.own.id)
            #expect(try fixture.images.resolve("reg.test/multi:1", platform: MultiImage.foreign).id == Self.image.other.id)
            #expect(fixture.images.list().filter { !$0.isVariant }.map(\.id) == [Self.image.own.id])
            let restarted = try await fixture.reopened()
            #expect(restarted.list().count == 2)
            #expect(try restarted.resolve("reg.test/multi:1", platform: MultiImage.foreign).id == Self.image.other.id)
            let archive = try await fixture.save(["reg.test/multi:1"])
            try await ImageFixture.with { target async throws -> Void in
                _ = try await target.images.load(body(archive))
                #expect(target.images.list().count == 2)
                #expect(try await target.save(["reg.test/multi:1"]) == archive)
            }
        }
    }

    @Test("with everything here the index is pushed, attestations too", arguments: [false, true])
    func pushed(_ isNested: Bool) async throws {
        let multi = MultiImage(isNested: isNested)
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(multi.layout("reg.test/multi:1")))
            let pushed = try await fixture.images.push(Self.name("reg.test/multi:1"))
            #expect(pushed.map(\.digest) == [multi.digest])
            #expect(pushed.map(\.size) == [Int64(multi.document.count)])
            let registry = fixture.registry
            #expect(registry.manifest("multi", "1") == multi.document)
            for bytes in [multi.own.manifest, multi.other.manifest, multi.attestation] + (multi.inner.map { [$0] } ?? []) {
                #expect(registry.manifest("multi", ContentHasher.digest(of: bytes).description) == bytes)
            }
            #expect(registry.state.withLock { $0.blobs["multi"]?[ContentHasher.digest(of: multi.statement)] } == multi.statement)
            #expect(try fixture.images.resolve("reg.test/multi@\(multi.digest)").id == multi.own.id)
        }
    }

    @Test("of an index that is not whole the one image goes, and it is said") func instead() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            Self.image.put(fixture.registry, "multi", tag: "1")
            _ = try await fixture.images.pull(Self.name("reg.test/multi:1"))
            _ = try await fixture.images.tag("reg.test/multi:1", as: "reg.test/copy:2")
            let log = PushLog()
            let pushed = try await fixture.images.push(Self.name("reg.test/copy:2"), progress: log.add)
            #expect(pushed.map(\.digest) == [Self.image.own.descriptor.digest])
            #expect(fixture.registry.manifest("copy", "2") == Self.image.own.manifest)
            let note = log.all.compactMap { news -> [Digest]? in
                if case .insteadOfIndex(let index, let selected) = news { [index.digest, selected.digest] } else { nil }
            }
            #expect(note == [[Self.image.digest, Self.image.own.descriptor.digest]])
            // The repository that it came from has the rest.
            let back = try await fixture.images.push(Self.name("reg.test/multi:1"))
            #expect(back.map(\.digest) == [Self.image.digest])
        }
    }

    @Test("a push of one platform sends its manifest") func pushedOne() async throws {
        try await loaded { fixture in
            let options = PushOptions(platform: MultiImage.foreign)
            let pushed = try await fixture.images.push(Self.name("reg.test/multi:1"), options: options)
            #expect(pushed.map(\.digest) == [Self.image.other.descriptor.digest])
            #expect(fixture.registry.manifest("multi", "1") == Self.image.other.manifest)
            let absent = await #expect(throws: WharfError.self) {
                _ = try await fixture.images.push(
                    Self.name("reg.test/multi:1"), options: PushOptions(platform: Platform(architecture: "mips64le")))
            }
            #expect(absent?.code == .notFound)
        }
    }

    @Test("a save of one platform has the index and only that") func savedOne() async throws {
        try await loaded { fixture in
            var archive: [UInt8] = []
            for try await chunk in try await fixture.images.save(["reg.test/multi:1"], platforms: [MultiImage.foreign]) { archive += chunk }
            try await ImageFixture.with { target async throws -> Void in
                _ = try await target.images.load(body(archive))
                let image = try target.images.resolve("reg.test/multi:1")
                #expect(image.id == Self.image.other.id)
                #expect(image.index?.digest == Self.image.digest)
                #expect(try await target.images.parts(image).map(\.isAvailable) == [true, false, false])
            }
        }
    }

    @Test("a load of one platform leaves the others") func loadedOne() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let archive = Self.image.layout("reg.test/multi:1")
            _ = try await fixture.images.load(body(archive), platforms: [MultiImage.foreign])
            #expect(fixture.images.list().map(\.id) == [Self.image.other.id])
            _ = try await fixture.images.load(body(archive), platforms: [.host])
            #expect(try fixture.images.resolve("reg.test/multi:1").id == Self.image.own.id)
            #expect(fixture.images.list().count == 2)
            let error = await #expect(throws: WharfError.self) {
                _ = try await fixture.images.load(body(archive), platforms: [Platform(architecture: "mips64le")])
            }
            #expect(error?.message.contains("no image for linux/mips64le") == true)
        }
    }

    @Test("what an archive does not pack is not missed; an image that is not whole is") func partial() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let gone = Self.image.other.blobs.map { ContentHasher.digest(of: $0) } + [Self.image.other.descriptor.digest]
            let shared = Set(Self.image.own.blobs.map { ContentHasher.digest(of: $0) })
            let archive = Self.image.layout("reg.test/multi:1", leavingOut: Set(gone).subtracting(shared))
            _ = try await fixture.images.load(body(archive))
            #expect(fixture.images.list().map(\.id) == [Self.image.own.id])
            try await ImageFixture.with { empty async throws -> Void in
                let layers = Set((Self.image.own.blobs + Self.image.other.blobs).map { ContentHasher.digest(of: $0) })
                let broken = Self.image.layout("reg.test/multi:1", leavingOut: layers)
                let error = await #expect(throws: WharfError.self) { _ = try await empty.images.load(body(broken)) }
                #expect(error?.message.contains("the archive has no blob") == true)
                #expect(try empty.blobs == [])
            }
        }
    }

    @Test("without a name each platform stands for itself") func nameless() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let loaded = try await fixture.images.load(body(Self.image.layout(nil)))
            #expect(Set(loaded.map(\.id)) == [Self.image.own.id, Self.image.other.id])
            #expect(fixture.images.list().allSatisfy { $0.index == nil && !$0.isVariant })
        }
    }

    @Test("a second name means all of it, and the last one takes all of it away") func removed() async throws {
        try await loaded { fixture in
            _ = try await fixture.images.tag("reg.test/multi:1", as: "reg.test/again:2")
            #expect(try fixture.images.resolve("reg.test/again:2", platform: MultiImage.foreign).id == Self.image.other.id)
            #expect(try await fixture.images.remove("reg.test/multi:1") == [.untagged("reg.test/multi:1")])
            #expect(fixture.images.list().count == 2)
            let removals = try await fixture.images.remove("reg.test/again:2")
            #expect(removals.first == .untagged("reg.test/again:2"))
            #expect(removals.contains(.deleted(Self.image.own.id)) && removals.contains(.deleted(Self.image.other.id)))
            #expect(fixture.images.list() == [])
            #expect(try fixture.blobs == [])
            #expect(try await fixture.snapshots == [])
            #expect(try await fixture.reopened().list() == [])
        }
    }

    @Test("one platform is removed, by its name and by its id", arguments: [false, true]) func removedOne(_ byID: Bool) async throws {
        try await loaded { fixture in
            let before = try fixture.blobs.count
            if byID {
                _ = try await fixture.images.remove(Self.image.other.id.hex)
            } else {
                _ = try await fixture.images.remove("reg.test/multi:1", platforms: [MultiImage.foreign])
            }
            #expect(fixture.images.list().map(\.id) == [Self.image.own.id])
            let image = try fixture.images.resolve("reg.test/multi:1")
            #expect(try await fixture.images.parts(image).map(\.isAvailable) == [false, true, true])
            #expect(try fixture.blobs.count == before - 3)
            let absent = await #expect(throws: WharfError.self) {
                _ = try await fixture.images.remove("reg.test/multi:1", platforms: [MultiImage.foreign])
            }
            #expect(absent?.code == .notFound)
            _ = try await fixture.images.remove("reg.test/multi:1", platforms: [.host])
            #expect(fixture.images.list() == [])
            #expect(try fixture.blobs == [])
        }
    }

    @Test("the platform that a name meant goes, and it means the other") func removedPrimary() async throws {
        try await loaded { fixture in
            _ = try await fixture.images.remove("reg.test/multi:1", platforms: [.host])
            #expect(try fixture.images.resolve("reg.test/multi:1").id == Self.image.other.id)
            #expect(fixture.images.list().allSatisfy { !$0.isVariant })
            #expect(try await fixture.reopened().resolve("reg.test/multi:1").id == Self.image.other.id)
        }
    }

    @Test("a container keeps the platform that it is of") func held() async throws {
        try await loaded { fixture in
            try await fixture.images.prepare(Self.image.other.id, key: "c1")
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.remove("reg.test/multi:1") }
            #expect(error?.code == .conflict)
            _ = try await fixture.images.remove("reg.test/multi:1", force: true)
            #expect(fixture.images.list().map(\.id) == [Self.image.other.id])
            try await fixture.images.removeSnapshot(key: "c1")
            _ = try await fixture.images.prune(PruneOptions())
            #expect(fixture.images.list() == [])
            #expect(try fixture.blobs == [])
        }
    }

    @Test("a prune takes all platforms of a name, and none as dangling") func pruned() async throws {
        try await loaded { fixture in
            #expect(try await fixture.images.prune(PruneOptions()).removals.isEmpty)
            #expect(fixture.images.list().count == 2)
            try await fixture.images.prepare(Self.image.other.id, key: "c1")
            #expect(try await fixture.images.prune(PruneOptions(danglingOnly: false)).removals.isEmpty)
            try await fixture.images.removeSnapshot(key: "c1")
            #expect(try await fixture.images.prune(PruneOptions(danglingOnly: false)).removals.count == 1)
            #expect(fixture.images.list() == [])
            #expect(try fixture.blobs == [])
            #expect(try await fixture.snapshots == [])
        }
    }

    @Test("a name that moves leaves its old images without a name") func moved() async throws {
        try await loaded { fixture in
            let newer = MultiImage("two")
            _ = try await fixture.images.load(body(newer.layout("reg.test/multi:1")))
            #expect(try fixture.images.resolve("reg.test/multi:1").id == newer.own.id)
            #expect(fixture.images.list().filter { $0.references.isEmpty }.count == 2)
            _ = try await fixture.images.prune(PruneOptions())
            #expect(Set(fixture.images.list().map(\.id)) == [newer.own.id, newer.other.id])
            // A single image takes the name: nothing of the index stays but its images.
            let single = SampleImage(["reg.test/multi:1"], layers: [SampleImage.layer("a", "b")])
            _ = try await fixture.images.load(body(SampleArchive.mixed([single])))
            #expect(try fixture.images.resolve("reg.test/multi:1").index == nil)
            _ = try await fixture.images.prune(PruneOptions())
            #expect(try fixture.blobs.count == 3)
        }
    }
}
