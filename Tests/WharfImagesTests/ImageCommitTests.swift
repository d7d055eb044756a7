// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `commit`: what a container changed comes back out of the image that was made of it, here and elsewhere.

import Glibc
import Testing
import WharfError
import WharfImages
import WharfJSON
import WharfLinux
import WharfOCI
import WharfSnapshots
import WharfTestKit

@Suite("commit", .enabled(if: geteuid() == 0)) struct ImageCommitTests {
    private static let base = SampleImage(
        ["base:1"],
        layers: [
            SampleImage.layer { tar in
                tar.directory("etc")
                tar.file("etc/name", Array("base".utf8))
            }
        ])

    /// The upper directory of a container's root, as overlay would write into it.
    private func upper(_ fixture: ImageFixture, _ key: String) async throws -> HostPath {
        let layers = try #require(OverlayLayers(try await fixture.images.mounts(key: key)[0]))
        return HostPath(try #require(layers.upper))
    }

    @Test("changes become a layer with a history") func changed() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.layout([Self.base])))
            _ = try await fixture.images.prepare(Self.base.id, key: "c1")
            let root = try await upper(fixture, "c1")
            try (root / "etc").mkdir(permissions: 0o755)
            try (root / "etc/new").writeAtomically(Array("new".utf8))
            try RootFD(root.openDirectory()).mknod(
                "etc/name", kind: .characterDevice, permissions: 0, device: DeviceNumber(major: 0, minor: 0))
            var options = CommitOptions(defaults: ContainerDefaults(), container: "c1")
            options.reference = try Reference.parse("made:2")
            options.changes = ["CMD [\"sh\"]", "ENV A=b"]
            options.author = "somebody"
            options.comment = "a remark"
            options.createdBy = "sh -c change"
            let made = try await fixture.images.commit(key: "c1", base: Self.base.id, options: options)
            #expect(made.references.map(\.familiar) == ["made:2"])
            let details = try await fixture.images.inspect("made:2")
            #expect(details.image.id == made.id)
            #expect(details.image.layers.count == 2)
            #expect(details.config.config.command == ["sh"])
            #expect(details.config.config.environment == ["A=b"])
            #expect(details.config.author == "somebody")
            #expect(details.config.history.last?.createdBy == "sh -c change")
            #expect(details.config.history.last?.comment == "a remark")
            #expect(details.config.history.count == 2)
            let archive = try await fixture.save(["made:2"])
            try await ImageFixture.with { other async throws -> Void in
                #expect(try await other.images.load(body(archive)).map(\.id) == [made.id])
                _ = try await other.images.prepare(made.id, key: "c2")
                #expect(try await other.read("c2", "etc/new") == "new")
                let hidden = try RootFD(HostPath(other.folder.path("snapshots/2/fs")).openDirectory()).status("etc/name")
                #expect(hidden.kind == .characterDevice)
            }
            #expect(try fixture.ingests == [])
        }
    }

    @Test("nothing changed, a remark only") func unchanged() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.layout([Self.base])))
            _ = try await fixture.images.prepare(Self.base.id, key: "c1")
            let made = try await fixture.images.commit(
                key: "c1", base: Self.base.id, options: CommitOptions(defaults: ContainerDefaults(), container: "c1"))
            let details = try await fixture.images.inspect(made.id.hex)
            #expect(details.image.layers.count == 1)
            #expect(details.config.history.last?.emptyLayer == true)
            #expect(try fixture.ingests == [])
        }
    }

    @Test("what is not there is said, and leaves nothing") func missing() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            _ = try await fixture.images.load(body(SampleArchive.layout([Self.base])))
            let blobs = try fixture.blobs
            let options = CommitOptions(defaults: ContainerDefaults(), container: "none")
            let error = await #expect(throws: WharfError.self) {
                _ = try await fixture.images.commit(key: "none", base: Self.base.id, options: options)
            }
            #expect(error?.code == .notFound)
            #expect(try fixture.blobs == blobs)
            #expect(try fixture.ingests == [])
            var bad = options
            bad.changes = ["RUN true"]
            let refused = bad
            await #expect(throws: WharfError.self) { _ = try await fixture.images.commit(key: "c", base: Self.base.id, options: refused) }
        }
    }
}
