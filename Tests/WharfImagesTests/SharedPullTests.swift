// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pulls that meet, and pulls that are given up: a layer is fetched once for everybody, and what came is not fetched again.

import Glibc
import Synchronization
import Testing
import WharfBlocking
import WharfContent
import WharfError
import WharfImages
import WharfJSON
import WharfLinux
import WharfOCI
import WharfTestKit

@Suite("shared and resumed pulls", .enabled(if: geteuid() == 0)) struct SharedPullTests {
    private static let big = SampleImage.large("big", bytes: 100_000, seed: 1)
    private static let first = SampleImage([], layers: [big, SampleImage.layer("a", "a")])
    private static let second = SampleImage([], layers: [big, SampleImage.layer("b", "b")])
    private static let digest = ContentHasher.digest(of: big)

    private static func name(_ text: String) throws -> Reference { try Reference.parse(text) }

    @Test("two images at once share a layer's download") func shared() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.first, "one", tag: "1")
            fixture.registry.add(Self.second, "two", tag: "1")
            let tap = Tap(at: 50_000)
            fixture.registry.onChunk(tap.pass)
            let one = Task { try await fixture.images.pull(Self.name("reg.test/one:1")) }
            try await tap.reached()
            let log = PullLog()
            let two = Task { try await fixture.images.pull(Self.name("reg.test/two:1"), progress: log.add) }
            try await eventually("the second pull joins") {
                log.states(Self.digest.short).contains { if case .downloading = $0 { true } else { false } }
            }
            tap.open()
            _ = try await one.value
            _ = try await two.value
            #expect(fixture.registry.given(Self.big) == Int64(Self.big.count))
            #expect(fixture.images.list().count == 2)
            #expect(try await fixture.snapshots.count == 3)
            #expect(try fixture.ingests == [])
            _ = try await fixture.images.remove("reg.test/one:1")
            _ = try await fixture.images.prepare(Self.second.id, key: "c1")
            #expect(try await fixture.read("c1", "b") == "b")
            #expect(try await fixture.read("c1", "big") != nil)
        }
    }

    @Test("a pull that is given up lets the other one have the download") func handedOn() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.first, "one", tag: "1")
            fixture.registry.add(Self.second, "two", tag: "1")
            let tap = Tap(at: 50_000)
            fixture.registry.onChunk(tap.pass)
            let one = Task { try await fixture.images.pull(Self.name("reg.test/one:1")) }
            try await tap.reached()
            let log = PullLog()
            let two = Task { try await fixture.images.pull(Self.name("reg.test/two:1"), progress: log.add) }
            try await eventually("the second pull joins") { !log.states(Self.digest.short).filter { $0 != .pullingFSLayer }.isEmpty }
            one.cancel()
            await #expect(throws: WharfError.self) { _ = try await one.value }
            tap.open()
            _ = try await two.value
            #expect(fixture.registry.given(Self.big) == Int64(Self.big.count))
            #expect(fixture.images.list().map(\.id) == [Self.second.id])
            #expect(try await fixture.snapshots.count == 2)
        }
    }

    @Test("after a cancel, and a restart, the rest is fetched and not a byte twice", arguments: [false, true])
    func resumed(_ isRestarted: Bool) async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.first, "one", tag: "1")
            let tap = Tap(at: 50_000)
            fixture.registry.onChunk(tap.pass)
            let pull = Task { try await fixture.images.pull(Self.name("reg.test/one:1")) }
            try await tap.reached()
            try await eventually("bytes are on disk") { try fixture.received(Self.digest) >= 45_000 }
            pull.cancel()
            let error = await #expect(throws: WharfError.self) { _ = try await pull.value }
            #expect(error?.code == .cancelled)
            #expect(fixture.images.list() == [])
            #expect(try await fixture.snapshots == [])
            #expect(try fixture.blobs == [])
            let kept = try fixture.received(Self.digest)
            #expect(kept > 0)
            tap.open()
            let store = isRestarted ? try await fixture.reopened() : fixture.images
            let before = fixture.registry.given(Self.big)
            _ = try await store.pull(Self.name("reg.test/one:1"))
            #expect(fixture.registry.state.withLock { $0.requests[Self.digest] } == [0, kept])
            #expect(fixture.registry.given(Self.big) - before == Int64(Self.big.count) - kept)
            #expect(try fixture.ingests == [])
        }
    }

    @Test("left-overs that are damaged are dropped, and the layer comes whole") func damagedRest() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.first, "one", tag: "1")
            let key = Self.digest.downloadKey
            try HostPath(fixture.folder.path("content/ingest/\(key)")).writeAtomically([UInt8](repeating: 7, count: 20_000))
            _ = try await fixture.images.pull(Self.name("reg.test/one:1"))
            #expect(fixture.registry.state.withLock { $0.requests[Self.digest] } == [20_000, 0])
            #expect(try fixture.ingests == [])
        }
    }

    @Test("a registry without ranges starts again, and what is here is kept") func noRanges() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.first, "one", tag: "1")
            fixture.registry.state.withLock { $0.knowsRanges = false }
            let key = Self.digest.downloadKey
            try HostPath(fixture.folder.path("content/ingest/\(key)")).writeAtomically(Array(Self.big.prefix(30_000)))
            _ = try await fixture.images.pull(Self.name("reg.test/one:1"))
            #expect(fixture.images.list().count == 1)
        }
    }

    @Test("a download that is whole is not asked for again") func wholeRest() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            fixture.registry.add(Self.first, "one", tag: "1")
            let key = Self.digest.downloadKey
            try HostPath(fixture.folder.path("content/ingest/\(key)")).writeAtomically(Self.big)
            _ = try await fixture.images.pull(Self.name("reg.test/one:1"))
            #expect(fixture.registry.given(Self.big) == 0)
        }
    }

    @Test("no more downloads at once than allowed") func limit() async throws {
        var settings = ImageSettings()
        settings.concurrentDownloads = 2
        try await ImageFixture.with(settings) { fixture async throws -> Void in
            let layers = (0..<6).map { SampleImage.large("f\($0)", bytes: 20_000, seed: UInt64($0 + 10)) }
            fixture.registry.add(SampleImage([], layers: layers), "many", tag: "1")
            let log = PullLog()
            _ = try await fixture.images.pull(Self.name("reg.test/many:1"), progress: log.add)
            #expect(fixture.registry.state.withLock { $0.mostOpen } <= 2)
            #expect(log.all.contains { if case .layer(_, .waiting) = $0 { true } else { false } })
        }
    }

    @Test("the same layer twice in an image is downloaded once") func twice() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            let image = SampleImage([], layers: [Self.big, SampleImage.layer("x", "x"), Self.big])
            fixture.registry.add(image, "twice", tag: "1")
            _ = try await fixture.images.pull(Self.name("reg.test/twice:1"))
            #expect(fixture.registry.given(Self.big) == Int64(Self.big.count))
            #expect(try await fixture.snapshots.count == 3)
        }
    }

    @Test("unfinished downloads go when they are old, too many, or on a prune") func collected() async throws {
        try await ImageFixture.with { fixture async throws -> Void in
            func put(_ name: String, _ bytes: Int) throws {
                let key = ContentHasher.digest(of: Array(name.utf8)).downloadKey
                try HostPath(fixture.folder.path("content/ingest/\(key)")).writeAtomically([UInt8](repeating: 1, count: bytes))
            }
            try put("a", 1000)
            #expect(try await fixture.images.collectDownloads() == 0)
            #expect(try await fixture.images.collectDownloads(now: .now().advanced(by: .seconds(8 * 24 * 3600))) == 1000)
            #expect(try fixture.ingests == [])
            try put("b", 500)
            #expect(try await fixture.images.prune(PruneOptions()).reclaimed == 500)
            #expect(try fixture.ingests == [])
        }
        var settings = ImageSettings()
        settings.keptDownloads = 1500
        settings.freeSpace = 0
        try await ImageFixture.with(settings) { fixture async throws -> Void in
            for name in ["a", "b", "c"] {
                let key = ContentHasher.digest(of: Array(name.utf8)).downloadKey
                try HostPath(fixture.folder.path("content/ingest/\(key)")).writeAtomically([UInt8](repeating: 1, count: 1000))
            }
            #expect(try await fixture.images.collectDownloads() == 2000)
            #expect(try fixture.ingests.count == 1)
        }
    }
}

/// Stops a registry's blobs once they have come so far.
final class Tap: Sendable {
    private let limit: Int64
    private let isReached = OneShot<Void>()
    private let gate = Mutex<(isOpen: Bool, waiting: [OneShot<Void>])>((false, []))

    init(at limit: Int64) { self.limit = limit }

    func pass(_ digest: Digest, _ offset: Int64) async throws {
        guard offset >= limit else { return }
        let ticket = gate.withLock { gate -> OneShot<Void>? in
            if gate.isOpen { return nil }
            let ticket = OneShot<Void>()
            gate.waiting.append(ticket)
            return ticket
        }
        guard let ticket else { return }
        isReached.deliver(.success(()))
        try await ticket.value()
    }

    /// Waits until a blob was stopped.
    func reached() async throws { try await isReached.value() }

    func open() {
        let waiting = gate.withLock { gate in
            defer { gate = (true, []) }
            return gate.waiting
        }
        for ticket in waiting { ticket.deliver(.success(())) }
    }
}
