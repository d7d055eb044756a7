// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Images as Docker shows, names, removes and measures them, over a real store.

import Testing
import WharfDockerAPI
import WharfError
import WharfJSON

@testable import WharfEngine

@Suite(.enabled(if: canWriteLayers), .timeLimit(.minutes(2))) struct ImageVerbTests {
    private func names(_ fixture: ImagesFixture, _ filters: (inout Filters) -> Void) async throws -> [String] {
        var wanted = Filters()
        filters(&wanted)
        return try await fixture.images.list(ImageListOptions(filters: wanted)).flatMap(\.repoTags).sorted()
    }

    @Test func aListIsFiltered() async throws {
        try await ImagesFixture.with { fixture in
            try await fixture.load("one:1", config: [#""Labels":{"kind":"a","x":""}"#])
            try await fixture.load("host:5000/two:1", config: [#""Labels":{"kind":"b"}"#])
            let nameless = try await fixture.load(nil)
            #expect(try await names(fixture) { $0.add("label", "kind=a") } == ["one:1"])
            #expect(try await names(fixture) { $0.add("label", "kind") } == ["host:5000/two:1", "one:1"])
            #expect(try await names(fixture) { $0.add("label!", "kind=a") } == ["host:5000/two:1"])
            #expect(try await names(fixture) { $0.add("reference", "one") } == ["one:1"])
            #expect(try await names(fixture) { $0.add("reference", "*:1") } == ["one:1"])
            #expect(try await names(fixture) { $0.add("reference", "*/*:1") } == ["host:5000/two:1"])
            #expect(try await names(fixture) { $0.add("dangling", "false") } == ["host:5000/two:1", "one:1"])
            var dangling = Filters()
            dangling.add("dangling", "true")
            #expect(try await fixture.images.list(ImageListOptions(filters: dangling)).map(\.id) == [nameless.id])
            // All three were made at the same moment of 2024.
            #expect(try await names(fixture) { $0.add("before", "one:1") } == [])
            #expect(try await names(fixture) { $0.add("since", "one:1") } == [])
            #expect(try await names(fixture) { $0.add("until", "2024-02-03") } == [])
            #expect(try await names(fixture) { $0.add("until", "1h") } == ["host:5000/two:1", "one:1"])
            for (key, value) in [("nonsense", "1"), ("dangling", "maybe"), ("until", "later")] {
                let text = await failure(.invalidArgument) { _ = try await names(fixture) { $0.add(key, value) } }
                #expect(text.hasPrefix("invalid filter '\(key)"))
            }
            _ = await failure(.notFound) { _ = try await names(fixture) { $0.add("before", "none:1") } }
        }
    }

    @Test func aListCountsContainersAndSharedLayersAndShowsManifests() async throws {
        try await ImagesFixture.with { fixture in
            let one = try await fixture.load("one:1")
            // Another configuration on the same layer.
            let same = try await fixture.load("one:1", config: [#""User":"1000""#])
            try await fixture.load("two:1")
            _ = try await fixture.create("two:1")
            let list = try await fixture.images.list(ImageListOptions(sharedSize: true, manifests: true))
            let shared = list.first { $0.id == same.id }
            #expect(one.id != same.id && one.rootFS == same.rootFS)
            #expect(shared?.sharedSize == same.size && shared?.containers == 0)
            let two = try #require(list.first { $0.repoTags == ["two:1"] })
            #expect(two.sharedSize == 0 && two.containers == 1)
            let manifest = try #require(two.manifests?.first)
            #expect(manifest.available && manifest.kind == "image" && manifest.imageData?.containers.count == 1)
            #expect(manifest.id == two.descriptor?.digest && manifest.size.content > 0)
            #expect(manifest.size.total == manifest.size.content + two.size)
            #expect(try await fixture.images.list().allSatisfy { $0.sharedSize == -1 && $0.manifests == nil })
        }
    }

    @Test func inspectKeepsWhatOldToolsRead() async throws {
        try await ImagesFixture.with { fixture in
            let image = try await fixture.load("one:1")
            #expect(image.containerConfig != nil && image.graphDriver?.data?.keys.sorted() == ["UpperDir", "WorkDir"])
            #expect(image.repoTags == ["one:1"] && image.rootFS.layers?.count == 1)
            var arm = OCIPlatform()
            (arm.os, arm.architecture) = ("linux", "mips")
            let text = await failure(.notFound) { _ = try await fixture.images.inspect("one:1", platform: arm) }
            #expect(text == "image with reference one:1 was found but does not provide the specified platform (linux/mips)")
            _ = await failure(.notFound) { _ = try await fixture.images.history("one:1", platform: arm) }
            _ = await failure(.notFound) {
                _ = try await fixture.images.remove("one:1", options: ImageRemoveOptions(platforms: [arm]))
            }
            #expect(try await fixture.images.inspect("one:1", manifests: true).manifests?.count == 1)
        }
    }

    @Test func tagsReplaceTags() async throws {
        try await ImagesFixture.with { fixture in
            try await fixture.load("one:1")
            try await fixture.images.tag("one:1", repository: "two:9", tag: "2")
            try await fixture.images.tag("one:1", repository: "three")
            #expect(try await fixture.images.inspect("one:1").repoTags == ["one:1", "three:latest", "two:2"])
            _ = await failure(.invalidArgument) { try await fixture.images.tag("one:1", repository: "") }
            _ = await failure(.invalidArgument) { try await fixture.images.tag("one:1", repository: "UPPER") }
            _ = await failure(.invalidArgument) { try await fixture.images.tag("one:1", repository: "x", tag: "a b") }
            _ = await failure(.notFound) { try await fixture.images.tag("none", repository: "x") }
        }
    }

    @Test func whatHappensIsTold() async throws {
        try await ImagesFixture.with { fixture in
            let image = try await fixture.load("one:1", config: [#""Labels":{"kind":"a"}"#])
            try await fixture.images.tag("one:1", repository: "two")
            let removed = try await fixture.images.remove("two")
            #expect(removed == [ImageDeleteItem(deleted: "", untagged: "two:latest")])
            try await fixture.images.remove("one:1").forEach { #expect($0.untagged == "one:1" || $0.deleted.hasPrefix("sha256:")) }
            let news = try await fixture.news()
            #expect(news.map(\.action) == ["load", "tag", "untag", "untag", "delete"])
            #expect(news.allSatisfy { $0.id == image.id && $0.type == "image" && $0.attributes["kind"] == "a" })
            #expect(news.map { $0.attributes["name"] } == ["one:1", "two:latest", image.id, image.id, image.id])
        }
    }

    @Test func importSaysWhatIsWrongBeforeItSaysAnything() async throws {
        try await ImagesFixture.with { fixture in
            let log = MessageLog()
            var request = ImageImportRequest()
            request.changes = ["NONSENSE x"]
            _ = await failure(.invalidArgument) { try await fixture.images.importTar(OneChunk([]), request) { log.add($0) } }
            request.changes = []
            request.repository = "UPPER"
            _ = await failure(.invalidArgument) { try await fixture.images.importTar(OneChunk([]), request) { log.add($0) } }
            request.repository = "x"
            let garbage = [UInt8](repeating: 7, count: 2000)
            _ = await failure(.invalidArgument) { try await fixture.images.importTar(OneChunk(garbage), request) { log.add($0) } }
            #expect(log.all.isEmpty)
        }
    }

    @Test func importTakesURLs() async throws {
        try await ImagesFixture.with { fixture in
            let log = MessageLog()
            var request = ImageImportRequest()
            (request.source, request.repository) = ("http://here/x.tar", "remote")
            try await fixture.images.importTar(OneChunk([]), request) { log.add($0) }
            #expect(log.all.first?.status == "Downloading from http://here/x.tar" && log.all.count == 2)
            #expect(try await fixture.images.inspect("remote").comment == "Imported from http://here/x.tar")
            request.source = "http://elsewhere/x.tar"
            let text = await failure(.notFound) { try await fixture.images.importTar(OneChunk([]), request) { log.add($0) } }
            #expect(text == "nothing at http://elsewhere/x.tar" && log.all.count == 2)
        }
    }

    @Test func aCommitThatFailsLeavesNoContainerPaused() async throws {
        try await ImagesFixture.with { fixture in
            try await fixture.load("one:1")
            let id = try await fixture.create("one:1")
            try await fixture.containers.start(id)
            var options = ImageCommitOptions(container: id)
            options.changes = ["NONSENSE x"]
            await #expect(throws: (any Error).self) { try await fixture.images.commit(options) }
            #expect(try await fixture.containers.inspect(id).state.paused == false)
            let actions = try await fixture.news().filter { $0.id == id }.map(\.action)
            #expect(actions.count { $0 == "pause" } == actions.count { $0 == "unpause" })
            _ = await failure(.notFound) { _ = try await fixture.images.commit(ImageCommitOptions(container: "none")) }
            options.repository = "UPPER"
            _ = await failure(.invalidArgument) { _ = try await fixture.images.commit(options) }
        }
    }
}
