// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blobs on the way out, in one and in chunks, over connections that break.

import Synchronization
import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct UploadTests {
    @Test func aBlobGoesInOneRequest() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(500_000)
            let last = Mutex<Int64>(0)
            let session = fixture.session(.pullAndPush)
            #expect(try await session.hasBlob(FakeRegistry.digest(bytes)) == false)
            try await upload(bytes, by: session) { position in last.withLock { $0 = position } }
            #expect(fixture.registry.blob(FakeRegistry.digest(bytes)) == bytes)
            #expect(last.withLock { $0 } == 500_000)
            #expect(try await session.hasBlob(FakeRegistry.digest(bytes)))
            #expect(fixture.registry.seen.filter { $0.method == "PUT" }.count == 1)
            #expect(fixture.registry.openUploads == 0)
        }
    }

    @Test(arguments: [1, 100_000, 250_001, 1_000_000])
    func aBlobGoesInChunks(size: Int) async throws {
        try await withRegistry(settings: { settings, _ in settings.uploadChunk = 100_000 }) { fixture async throws in
            let bytes = noise(size)
            try await upload(bytes, by: fixture.session(.pullAndPush))
            #expect(fixture.registry.blob(FakeRegistry.digest(bytes)) == bytes)
            #expect(fixture.registry.seen.filter { $0.method == "PATCH" }.count == (size <= 100_000 ? 0 : (size + 99_999) / 100_000))
        }
    }

    @Test func anEmptyBlobArrives() async throws {
        try await withRegistry { fixture async throws in
            try await upload([], by: fixture.session(.pullAndPush))
            #expect(fixture.registry.blob(FakeRegistry.digest([])) == [])
        }
    }

    @Test(arguments: [RegistryFault.resetAt(200_000), .stallAt(200_000), .closeAfterUpload, .tokenExpires])
    func aBrokenUploadGoesOnWhereTheRegistryGotTo(fault: RegistryFault) async throws {
        var options = FakeRegistry.Options()
        options.access = .bearer(user: "", password: "")
        try await withRegistry(
            options,
            settings: { settings, _ in
                settings.answerTime = fault == .stallAt(200_000) ? .seconds(5) : .seconds(60)
            }
        ) { fixture async throws in
            let bytes = noise(600_000)
            fixture.registry.misbehave(fault, times: 1)
            let sent = Mutex<[Int64]>([])
            let session = fixture.session(.pullAndPush)
            try await session.upload(
                layer(bytes),
                body: { offset in
                    sent.withLock { $0.append(offset) }
                    return pieces(Array(bytes[Int(offset)...]))
                }, progress: { _ in }, onRetry: { _ in })
            #expect(fixture.registry.faultsFired == 1)
            #expect(fixture.registry.blob(FakeRegistry.digest(bytes)) == bytes)
            let requests = fixture.registry.seen.map { "\($0.method) \($0.target) \($0.authorization ?? "-")" }
            #expect(requests.filter { $0.hasPrefix("POST") && !$0.hasSuffix("-") }.count == 1, "\(requests)")
            let starts = sent.withLock { $0 }
            #expect(starts.first == 0 && (starts.count == 1 || (starts.last ?? 0) > 0), "\(starts)")
        }
    }

    @Test func aRegistryThatTakesNoLongBodiesGetsChunks() async throws {
        try await withRegistry { fixture async throws in
            fixture.registry.limitUploads(to: 17 << 20)
            let bytes = [UInt8](repeating: 7, count: 20 << 20)
            try await upload(bytes, by: fixture.session(.pullAndPush))
            #expect(fixture.registry.blob(FakeRegistry.digest(bytes)) == bytes)
        }
    }

    @Test func aBlobOfAnotherRepositoryIsTakenOver() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(1000)
            fixture.registry.addBlob(bytes, to: "team/base")
            let session = fixture.session(.pullAndPush)
            #expect(try await session.mountBlob(FakeRegistry.digest(bytes), from: "team/base"))
            #expect(try await session.hasBlob(FakeRegistry.digest(bytes)))
        }
    }

    @Test func anUploadThatAFailedTakeoverOpenedIsUsed() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(1000)
            fixture.registry.addBlob(bytes, to: "team/base")
            fixture.registry.allowMounts(false)
            let session = fixture.session(.pullAndPush)
            #expect(try await session.mountBlob(FakeRegistry.digest(bytes), from: "team/base") == false)
            try await upload(bytes, by: session)
            #expect(fixture.registry.blob(FakeRegistry.digest(bytes)) == bytes)
            #expect(fixture.registry.seen.filter { $0.method == "POST" }.count == 1)
            #expect(fixture.registry.openUploads == 0)
        }
    }

    @Test func bytesThatAreNotWhatTheirDigestSaysAreRefused() async throws {
        try await withRegistry { fixture async throws in
            let bytes = noise(1000)
            let error = try await failure {
                try await upload(noise(1000, seed: 2), layer(bytes), by: fixture.session(.pullAndPush))
            }
            #expect(error.message.contains("digest invalid"), "\(error.message)")
            #expect(fixture.registry.blob(FakeRegistry.digest(bytes)) == nil)
        }
    }

    @Test func aSourceThatFailsIsTheErrorThatIsTold() async throws {
        try await withRegistry { fixture async throws in
            let session = fixture.session(.pullAndPush)
            let error = try await failure {
                try await session.upload(
                    layer(noise(1000)), body: { _ in BlobBytes { throw WharfError(.outOfDisk, "the disk is gone") } },
                    progress: { _ in }, onRetry: { _ in })
            }
            #expect(error.code == .outOfDisk)
        }
    }

    @Test(arguments: [
        (RegistryFault.serverError, "500 Internal Server Error"), (.digestLie, "the registry stored"),
        (.unauthorizedForever, "push access denied"), (.tooManyRequests(retryAfter: 0), "toomanyrequests"),
        (.closeAfterUpload, "Put \"http"),
    ])
    func aRegistryThatFailsForEverIsNamed(fault: RegistryFault, words: String) async throws {
        try await withRegistry { fixture async throws in
            fixture.registry.misbehave(fault)
            let error = try await failure { try await upload(noise(50_000), by: fixture.session(.pullAndPush)) }
            #expect(error.message.contains(words), "\(error.message)")
            #expect(error.message.contains("\(fixture.registry.host)/team/app"), "\(error.message)")
        }
    }

    @Test func aRegistryThatLiesAboutItsOffsetGetsTheBlobInTheEndOrAnError() async throws {
        try await withRegistry(settings: { settings, _ in settings.uploadChunk = 100_000 }) { fixture async throws in
            fixture.registry.misbehave(.uploadOffsetLie)
            let bytes = noise(300_000)
            let error = try await failure { try await upload(bytes, by: fixture.session(.pullAndPush)) }
            #expect(error.message.contains("the registry says it has 105000 bytes where 100000 were sent"), "\(error.message)")
        }
    }
}
