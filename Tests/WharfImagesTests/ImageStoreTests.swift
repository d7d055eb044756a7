// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Names, removals and their conflicts; root file systems; imports.

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
import WharfSnapshots
import WharfTestKit

@Suite("image store", .enabled(if: geteuid() == 0)) struct ImageStoreTests {
    private static let base = SampleImage.layer("etc/name", "base")
    private static let one = SampleImage(["one:1"], layers: [base, SampleImage.layer("a", "1")], created: "2024-01-01T00:00:00Z")
    private static let two = SampleImage(["two:1"], layers: [base, SampleImage.layer("b", "2")], created: "2025-01-01T00:00:00Z")

    private static func load(_ fixture: ImageFixture, _ images: SampleImage...) async throws {
        _ = try await fixture.images.load(body(SampleArchive.legacy(images)))
    }

    private static func conflict(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch let error as WharfError {
            return error.code == .conflict ? error.message : "\(error.code): \(error.message)"
        } catch {
            return "\(error)"
        }
    }

    @Test("finding by name, id and prefix") func resolve() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one, Self.two)
            let id = Self.one.id
            for name in ["one:1", "docker.io/library/one:1", "library/one:1", id.hex, id.description, id.short, "sha256:\(id.short)"] {
                #expect(try fixture.images.resolve(name).id == id, "\(name)")
            }
            for (name, shown) in [("one", "one:latest"), ("none:2", "none:2"), ("user/x", "user/x:latest")] {
                let error = #expect(throws: WharfError.self) { _ = try fixture.images.resolve(name) }
                #expect(error?.code == .notFound)
                #expect(error?.message == "No such image: \(shown)")
            }
            let invalid = #expect(throws: WharfError.self) { _ = try fixture.images.resolve("Not/Valid:x:y") }
            #expect(invalid?.code == .invalidArgument)
            #expect(fixture.images.list().map(\.id) == [Self.two.id, id])
        }
    }

    @Test("tags") func tag() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one, Self.two)
            let (image, reference) = try await fixture.images.tag("one:1", as: "localhost:5000/x")
            #expect(reference.familiar == "localhost:5000/x:latest")
            #expect(image.references.map(\.familiar) == ["localhost:5000/x:latest", "one:1"])
            try await fixture.images.tag(Self.two.id.short, as: "one:1")
            #expect(try fixture.images.resolve("one:1").id == Self.two.id)
            #expect(try fixture.images.resolve(Self.one.id.hex).references.map(\.familiar) == ["localhost:5000/x:latest"])
            for bad in ["UPPER", "a@\(Self.one.id)", "sha256:x", ""] {
                let error = await #expect(throws: WharfError.self) { try await fixture.images.tag("one:1", as: bad) }
                #expect(error?.code == .invalidArgument, "\(bad)")
            }
            let again = try await fixture.reopened()
            #expect(again.list() == fixture.images.list())
        }
    }

    @Test("removing names, then the image with its own layers") func remove() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one, Self.two)
            try await fixture.images.tag("one:1", as: "other:2")
            let first = try await fixture.images.remove("one:1")
            #expect(first == [.untagged("one:1")])
            let second = try await fixture.images.remove("other:2")
            #expect(second == [.untagged("other:2"), .deleted(Self.one.id), .deleted(Self.one.chainIDs[1])])
            let snapshots = try await fixture.snapshots.count
            #expect(snapshots == 2)
            let third = try await fixture.images.remove(Self.two.id.short)
            #expect(third == [.untagged("two:1"), .deleted(Self.two.id), .deleted(Self.two.chainIDs[1]), .deleted(Self.two.chainIDs[0])])
            let left = try await fixture.blobs + fixture.snapshots
            #expect(left == [])
            let again = try await fixture.reopened()
            #expect(again.list() == [])
        }
    }

    @Test("what a removal leaves behind when the daemon ends goes at the next start") func cutOffRemoval() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one)
            // As after a removal that has taken the record away and not got to the files.
            let folder = HostPath(fixture.folder.path("snapshots/77"))
            try (folder / "fs/deep/er").mkdir(permissions: 0o755)
            try (folder / "fs/file").writeAtomically([1])
            let again = try await fixture.reopened()
            #expect(try folder.exists() == false)
            #expect(again.list() == fixture.images.list())
            #expect(try await fixture.snapshots.count == 2)
        }
    }

    @Test("conflicts in Docker's words") func conflicts() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one)
            let (images, id, container) = (fixture.images, Self.one.id, String(repeating: "c", count: 64))
            try await images.prepare(id, key: container)
            #expect(
                await Self.conflict { _ = try await images.remove("one:1") }
                    == "conflict: unable to remove repository reference \"one:1\" (must force) - container cccccccccccc is using its referenced image \(id.short)"
            )
            #expect(
                await Self.conflict { _ = try await images.remove(id.short) }
                    == "conflict: unable to delete \(id.short) (must be forced) - image is being used by stopped container cccccccccccc")
            #expect(
                await Self.conflict { _ = try await images.remove(id.hex, force: true, running: [container]) }
                    == "conflict: unable to delete \(id.short) (cannot be forced) - image is being used by running container cccccccccccc")
            try await images.tag("one:1", as: "user/other:1")
            #expect(
                await Self.conflict { _ = try await images.remove(id.short) }
                    == "conflict: unable to delete \(id.short) (must be forced) - image is referenced in multiple repositories")
            // A name may go while another is left.
            #expect(try await images.remove("one:1") == [.untagged("one:1")])
            // The last one goes by force; the container keeps the nameless image.
            #expect(try await images.remove("user/other:1", force: true, running: [container]) == [.untagged("user/other:1")])
            #expect(try images.resolve(id.short).references == [])
        }
    }

    @Test("a forced removal leaves the container its files") func forced() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one)
            try await fixture.images.prepare(Self.one.id, key: "c1")
            _ = try await fixture.images.remove(Self.one.id.hex, force: true)
            #expect(fixture.images.list() == [])
            #expect(try await fixture.read("c1", "etc/name") == "base")
            let again = try await fixture.reopened()
            #expect(try await again.mounts(key: "c1").count == 1)
            // The same layers come again while the old files are still there.
            try await Self.load(fixture, Self.one)
            try await fixture.images.removeSnapshot(key: "c1")
            try await fixture.images.prepare(Self.one.id, key: "c2")
            #expect(try await fixture.read("c2", "a") == "1")
            try await fixture.images.removeSnapshot(key: "c2")
            _ = try await fixture.images.remove("one:1", force: true)
            let left = try await fixture.snapshots
            #expect(left.count == 0)
        }
    }

    @Test("roots") func roots() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one)
            let images = fixture.images
            let mounts = try await images.prepare(Self.one.id, key: "c1")
            let layers = try #require(mounts.first.flatMap(OverlayLayers.init))
            #expect(layers.lowers.count == 2)
            #expect(try await images.mounts(key: "c1") == mounts)
            #expect(images.snapshotKeys() == ["c1"])
            let upper = HostPath(try #require(layers.upper))
            try (upper / "new").writeAtomically([UInt8](repeating: 1, count: 50_000))
            #expect(try await images.usage(key: "c1").bytes >= 50_000)
            let taken = await #expect(throws: WharfError.self) { try await images.prepare(Self.one.id, key: "c1") }
            #expect(taken?.code == .alreadyExists)
            let unknown = await #expect(throws: WharfError.self) { try await images.prepare(Self.two.id, key: "c2") }
            #expect(unknown?.code == .notFound)
            let holders = try fixture.metadata.read { try $0.holders(of: ImageStore.resource(Self.one.id)) }
            #expect(holders == ["container/c1"])
            try await images.removeSnapshot(key: "c1")
            try await images.removeSnapshot(key: "c1")
            let missing = await #expect(throws: WharfError.self) { _ = try await images.mounts(key: "c1") }
            #expect(missing?.code == .notFound)
        }
    }

    @Test("a root mounts and shows the merged tree") func mounted() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let top = SampleImage.layer { tar in
                tar.file("etc/.wh.name", [])
                tar.file("new", Array("top".utf8))
            }
            try await Self.load(fixture, SampleImage(["m:1"], layers: [Self.base, top]))
            let image = try fixture.images.resolve("m:1")
            let layers = try #require(try await fixture.images.prepare(image.id, key: "c1").first.flatMap(OverlayLayers.init))
            let open = { (path: String) throws(SyscallError) -> Descriptor in try HostPath(path).open([.handle, .directory]) }
            let (upper, work) = (try #require(layers.upper), try #require(layers.work))
            let root = RootFD(try OverlayMount.make(lowers: layers.lowers.map(open), upper: open(upper), work: open(work)))
            #expect(try root.readAll("new", limit: 10) == Array("top".utf8))
            let hidden = #expect(throws: SyscallError.self) { _ = try root.status("etc/name") }
            #expect(hidden?.errno == ENOENT)
            try root.create("etc/mine", permissions: 0o600).writeAll([1])
            #expect(try (HostPath(upper) / "etc/mine").exists())
        }
    }

    @Test("import with changes") func imported() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let tar = SampleImage.layer("bin/sh", "#!")
            let options = ImageImportOptions(
                reference: try Reference.parse("rootfs:1"),
                changes: [
                    "CMD [\"sh\", \"-c\", \"x\"]", "ENTRYPOINT /bin/init now", "ENV A=1 B=\"two words\"", "env C three four",
                    "EXPOSE 80 53/udp",
                    "LABEL k=v", "USER 1:2", "VOLUME [\"/data\"]", "WORKDIR /srv", "WORKDIR sub", "STOPSIGNAL SIGINT", "ONBUILD RUN x",
                    "HEALTHCHECK --interval=1m30s --retries=2 CMD curl x",
                ], message: "made by hand")
            let loaded = try await fixture.images.importTar(body(tar), options: options)
            #expect(loaded.references.map(\.familiar) == ["rootfs:1"])
            let details = try await fixture.images.inspect("rootfs:1")
            let config = details.config.config
            #expect(config.command == ["sh", "-c", "x"])
            #expect(config.entrypoint == ["/bin/sh", "-c", "/bin/init now"])
            #expect(config.environment == ["A=1", "B=two words", "C=three four"])
            #expect(config.exposedPorts == ["53/udp", "80/tcp"])
            #expect(config.labels == ["k": "v"])
            #expect(config.user == "1:2")
            #expect(config.volumes == ["/data"])
            #expect(config.workingDirectory == "/srv/sub")
            #expect(config.onBuild == ["RUN x"])
            #expect(config.healthcheck == .init(test: ["CMD-SHELL", "curl x"], interval: 90_000_000_000, retries: 2))
            #expect(details.config.history.map(\.comment) == ["made by hand"])
            #expect(details.image.layers.map(\.diffID) == [ContentHasher.digest(of: tar)])
            #expect(details.image.size == 2)
            try await fixture.images.prepare(loaded.id, key: "c1")
            #expect(try await fixture.read("c1", "bin/sh") == "#!")
            let left = try fixture.ingests
            #expect(left == [])
        }
    }

    @Test("imports that fail leave nothing") func failedImports() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let tar = SampleImage.layer("a", "b")
            for change in ["RUN x", "ENV", "CMD [1]", "LABEL =x", "ENV A=\"x", "HEALTHCHECK --interval=x CMD y", "SHELL sh"] {
                let error = await #expect(throws: WharfError.self, "\(change)") {
                    _ = try await fixture.images.importTar(body(tar), options: ImageImportOptions(changes: [change]))
                }
                #expect(error?.code == .invalidArgument, "\(change)")
            }
            for bytes in [Array("no tar at all".utf8), Array(tar.prefix(700)), SampleImage.layer("../x", "y"), []] {
                let error = await #expect(throws: WharfError.self) {
                    _ = try await fixture.images.importTar(body(bytes), options: ImageImportOptions())
                }
                #expect(error?.code == .invalidArgument)
            }
            let left = try await fixture.ingests + fixture.blobs + fixture.snapshots
            #expect(left == [])
        }
    }

    @Test("two loads of the same image at once") func concurrent() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let archive = SampleArchive.legacy([Self.one, Self.two])
            async let first = fixture.images.load(body(archive))
            async let second = fixture.images.load(body(archive))
            #expect(try await first.map(\.id) == [Self.one.id, Self.two.id])
            #expect(try await second.map(\.id) == [Self.one.id, Self.two.id])
            let (snapshots, ingests) = (try await fixture.snapshots, try fixture.ingests)
            #expect(snapshots.count == 3)
            #expect(ingests == [])
        }
    }

    @Test("loads and removals at once leave whole images or none") func loadsAndRemovals() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let archive = SampleArchive.legacy([Self.one, Self.two])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        for _ in 0..<15 {
                            if worker < 2 {
                                _ = try await fixture.images.load(body(archive))
                            } else {
                                // The other remover may have been first.
                                for name in ["one:1", "two:1"] { _ = try? await fixture.images.remove(name, force: true) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let again = try await fixture.reopened()
            #expect(again.list() == fixture.images.list())
            for image in fixture.images.list() {
                #expect(image.layers.count == 2)
                _ = try await fixture.images.inspect(image.id.hex)
                try await fixture.images.prepare(image.id, key: "c-\(image.id.short)")
                #expect(try await fixture.read("c-\(image.id.short)", "etc/name") == "base")
            }
            let ingests = try fixture.ingests
            #expect(ingests == [])
        }
    }

    @Test("a damaged config is said to be lost, not shown") func damagedConfig() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            try await Self.load(fixture, Self.one)
            try HostPath(fixture.folder.path("content/blobs/sha256/\(Self.one.id.hex)")).writeAtomically(Array("{}".utf8))
            let error = await #expect(throws: WharfError.self) { _ = try await fixture.images.inspect("one:1") }
            #expect(error?.code == .dataLoss)
        }
    }
}
