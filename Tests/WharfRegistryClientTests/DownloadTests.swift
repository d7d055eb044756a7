// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blobs on the way in, over connections that break, stall and lie.

import Synchronization
import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct DownloadTests {
    @Test func aBlobComesWholeAndInParts() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            let session = fixture.session()
            #expect(try await session.blob(layer(bytes)).all() == bytes)
            let rest = try await session.blob(layer(bytes), from: 123_456)
            #expect(rest.offset == 123_456)
            #expect(try await rest.all() == Array(bytes[123_456...]))
            let middle = try await session.blob(layer(bytes), range: 1000..<2000, onRetry: { _ in })
            #expect(try await middle.all() == Array(bytes[1000..<2000]))
            let nothing = try await session.blob(layer(bytes), range: 300_000..<300_000, onRetry: { _ in })
            #expect(try await nothing.all().isEmpty)
        }
    }

    @Test func aBrokenDownloadGoesOnWhereItBroke() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(500_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.resetAt(100_000), times: 3)
            let retries = Mutex(0)
            let download = try await fixture.session().blob(layer(bytes), range: nil) { _ in retries.withLock { $0 += 1 } }
            #expect(try await download.all() == bytes)
            #expect(retries.withLock { $0 } == 3)
            let ranges = fixture.registry.seen.compactMap(\.range)
            #expect(ranges == [1, 2, 3].map { "bytes=\($0 * 100_000)-499999" })
            let tags = fixture.registry.seen.filter { $0.range != nil }.map { $0.headers["if-range"] }
            #expect(tags.allSatisfy { $0 == "\"\(FakeRegistry.digest(bytes))\"" })
        }
    }

    @Test func aSilentConnectionIsGivenUpAndTheDownloadGoesOn() async throws {
        try await withRegistry(settings: { settings, _ in settings.stallTime = .seconds(5) }) { fixture async throws in
            let bytes = noise(200_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.stallAt(50_000), times: 1)
            #expect(try await fixture.session().blob(layer(bytes)).all() == bytes)
            #expect(fixture.registry.seen.compactMap(\.range) == ["bytes=50000-199999"])
        }
    }

    @Test func aSlowReaderIsNoSilentConnection() async throws {
        try await withRegistry(settings: { settings, _ in settings.stallTime = .seconds(2) }) { fixture async throws in
            // More than all buffers between us hold.
            let bytes = [UInt8](repeating: 7, count: 20_000_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            let download = try await fixture.session().blob(layer(bytes))
            var iterator = download.body.makeAsyncIterator()
            var count = try await iterator.next()?.count ?? 0
            // Longer than the stall time of these tests: nothing may happen meanwhile, so there is no event to wait for.
            try await Task.sleep(for: .seconds(5))
            while let chunk = try await iterator.next() { count += chunk.count }
            #expect(count == bytes.count)
            #expect(fixture.registry.seen.compactMap(\.range).isEmpty)
        }
    }

    @Test func rangesThatAreIgnoredOrWrongCostNoByteOfTheResult() async throws {
        for fault in [RegistryFault.rangeIgnored, .rangeWrong] {
            try await withRegistry { fixture async throws in
                let bytes = noise(100_000)
                fixture.registry.addBlob(bytes, to: "team/app")
                fixture.registry.misbehave(fault)
                let download = try await fixture.session().blob(layer(bytes), from: 40_000)
                #expect(download.offset == 0)
                #expect(try await download.all() == bytes)
            }
        }
    }

    @Test func aRegistryThatKnowsNoRangesIsReadAgainAndTheReaderSeesEachByteOnce() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(400_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.resetAt(150_000), times: 1)
            let download = try await fixture.session().blob(layer(bytes))
            var iterator = download.body.makeAsyncIterator()
            var result = try await iterator.next() ?? []
            try await eventually("the reset") { fixture.registry.faultsFired == 1 }
            fixture.registry.misbehave(.rangeIgnored)
            while let chunk = try await iterator.next() { result += chunk }
            #expect(result == bytes)
        }
    }

    @Test(arguments: [
        (RegistryFault.wrongLength, "the registry sends 101000 bytes"),
        (.wrongSize, "the registry sends 100003 bytes"),
        (.contentEncoding, "encoded (gzip)"),
        (.redirectLoop, "redirects in a loop"),
        (.redirectToFile, "redirects to what is no http or https address"),
        (.serverError, "500 Internal Server Error"),
        (.unauthorizedForever, "pull access denied for"),
    ])
    func aBlobThatCanNotBeIsRefused(fault: RegistryFault, words: String) async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(100_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(fault)
            let error = try await failure { _ = try await fixture.session().blob(layer(bytes)).all() }
            #expect(error.message.contains(words), "\(error.message)")
            #expect(error.message.contains("\(fixture.registry.host)/team/app"), "\(error.message)")
        }
    }

    @Test func aConnectionThatAlwaysBreaksEndsTheDownload() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(100_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.resetAt(0))
            let error = try await failure { _ = try await fixture.session().blob(layer(bytes)).all() }
            #expect(error.code == .unavailable)
            #expect(fixture.registry.faultsFired == 5)
        }
    }

    @Test func aMissingBlobIsNamed() async throws {
        try await withRegistry { fixture async throws in
            let error = try await failure { _ = try await fixture.session().blob(layer([1, 2, 3])).all() }
            #expect(error.code == .notFound)
            #expect(error.message.contains("blob unknown to registry"))
        }
    }

    @Test func cancellingTheReaderEndsTheDownload() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(200_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.stallAt(1000))
            let session = fixture.session()
            let task = Task { try await session.blob(layer(bytes)).all() }
            try await eventually("the request") { fixture.registry.faultsFired == 1 }
            task.cancel()
            let error = try await failure { _ = try await task.value }
            #expect(error.code == .cancelled)
        }
    }

    @Test func twentyDownloadsAtOnceEachGetTheirOwn() async throws {
        try await withRegistry { fixture async throws in
            let blobs = (1...20).map { noise(50_000, seed: UInt64($0)) }
            for blob in blobs { fixture.registry.addBlob(blob, to: "team/app") }
            let session = fixture.session()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for blob in blobs { group.addTask { try await session.blob(layer(blob)).all() == blob } }
                for try await isSame in group { #expect(isSame) }
            }
        }
    }
}
