// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Large blobs in parts over several connections, from registries that know ranges, and from those that don't.

import Synchronization
import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct PartedBlobTests {
    private static func settings(_ settings: inout RegistrySettings, _ registry: FakeRegistry) {
        settings.partsFrom = 100_000
        settings.partSize = 64_000
    }

    private static func ranges(_ registry: FakeRegistry) -> [String] { registry.seen.compactMap(\.range) }

    @Test func aLargeBlobComesInPartsAndInOrder() async throws {
        try await withRegistry(settings: Self.settings) { fixture async throws in
            let bytes = noise(300_001)
            fixture.registry.addBlob(bytes, to: "team/app")
            #expect(try await fixture.session().blob(layer(bytes)).all() == bytes)
            #expect(
                Self.ranges(fixture.registry).sorted() == [
                    "bytes=0-63999", "bytes=128000-191999", "bytes=192000-255999", "bytes=256000-300000", "bytes=64000-127999",
                ])
            let later = fixture.registry.seen.filter { $0.range != nil && $0.range != "bytes=0-63999" }
            #expect(later.allSatisfy { $0.headers["if-range"] == "\"\(FakeRegistry.digest(bytes))\"" })
        }
    }

    @Test func aResumedBlobIsAskedForFromWhereItStands() async throws {
        try await withRegistry(settings: Self.settings) { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            let rest = try await fixture.session().blob(layer(bytes), from: 123_456)
            #expect(rest.offset == 123_456)
            #expect(try await rest.all() == Array(bytes[123_456...]))
            #expect(!Self.ranges(fixture.registry).contains { $0.hasPrefix("bytes=0-") })
        }
    }

    @Test func aSmallRestComesInOne() async throws {
        try await withRegistry(settings: Self.settings) { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            #expect(try await fixture.session().blob(layer(bytes), from: 250_000).all() == Array(bytes[250_000...]))
            #expect(Self.ranges(fixture.registry) == ["bytes=250000-299999"])
        }
    }

    @Test func aRegistryWithoutRangesIsReadFromTheStart() async throws {
        for fault in [RegistryFault.rangeIgnored, .rangeWrong] {
            try await withRegistry(settings: Self.settings) { fixture async throws in
                let bytes = noise(300_000)
                fixture.registry.addBlob(bytes, to: "team/app")
                fixture.registry.misbehave(fault)
                let download = try await fixture.session().blob(layer(bytes), from: 10_000)
                #expect(download.offset == 0)
                #expect(try await download.all() == bytes)
                #expect(Self.ranges(fixture.registry) == ["bytes=10000-73999"])
            }
        }
    }

    @Test func partsThatBreakGoOnWhereTheyBroke() async throws {
        try await withRegistry(settings: Self.settings) { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.resetAt(20_000), times: 4)
            let retries = Mutex(0)
            let download = try await fixture.session().blob(layer(bytes), range: nil) { _ in retries.withLock { $0 += 1 } }
            #expect(try await download.all() == bytes)
            #expect(retries.withLock { $0 } == 4)
        }
    }

    @Test func aPartThatNeverComesEndsTheDownload() async throws {
        try await withRegistry(settings: Self.settings) { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.resetAt(0))
            let error = try await failure { _ = try await fixture.session().blob(layer(bytes)).all() }
            #expect(error.code == .unavailable)
        }
    }

    @Test func cancellingTheReaderEndsAllParts() async throws {
        try await withRegistry(settings: Self.settings) { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.stallAt(1000))
            let session = fixture.session()
            let task = Task { try await session.blob(layer(bytes)).all() }
            try await eventually("the requests") { fixture.registry.faultsFired == 3 }
            task.cancel()
            let error = try await failure { _ = try await task.value }
            #expect(error.code == .cancelled)
        }
    }
}
