// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Manifests, tags and referrers, and what of them is not believed.

import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct ManifestTests {
    /// A manifest as a registry has it.
    private static let document = manifest([layer(noise(100))], config: layer(noise(10)))

    @Test func aTagIsResolvedToBytesDigestAndType() async throws {
        try await withRegistry { fixture async throws in
            let stored = fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            let found = try await fixture.session().resolve(tag)
            #expect(found.bytes == Self.document)
            #expect(found.descriptor == stored)
            #expect(found.source == fixture.registry.host)
            #expect(try await fixture.session().describe(tag) == stored)
            #expect(try await fixture.session().manifest(stored).bytes == Self.document)
            #expect(try await fixture.session().resolve(fixture.repository.with(digest: stored.digest)).bytes == Self.document)
        }
    }

    @Test func whatIsMissingIsNamedInDockersWords() async throws {
        try await withRegistry { fixture async throws in
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            let unknown = try await failure { _ = try await fixture.session().resolve(tag) }
            #expect(unknown.code == .notFound)
            #expect(
                unknown.message
                    == "repository \(fixture.registry.host)/team/app not found: name unknown: repository name not known to registry")
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "2.0")
            let missing = try await failure { _ = try await fixture.session().describe(tag) }
            #expect(missing.code == .notFound)
            #expect(
                missing.message == "manifest for \(fixture.registry.host)/team/app:1.0 not found: manifest unknown: manifest unknown")
        }
    }

    @Test(arguments: [
        (RegistryFault.digestLie, "manifest verification failed for digest"),
        (.manifestAndIndex, "the document is both a manifest and an index"),
        (.truncatedManifest, "the manifest is malformed"),
        (.endlessManifest, "the manifest is larger than 4194304 bytes"),
        (.hugeHeaders, ""),
        (.serverError, "received unexpected HTTP status: 500 Internal Server Error"),
        (.tooManyRequests(retryAfter: 0), "toomanyrequests: You have reached your pull rate limit"),
    ])
    func aRegistryThatLiesOrFailsIsNotBelieved(fault: RegistryFault, words: String) async throws {
        try await withRegistry { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            fixture.registry.misbehave(fault)
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            let error = try await failure { _ = try await fixture.session().resolve(tag) }
            #expect(error.message.contains(words), "\(error.message)")
            #expect(error.message.contains("\(fixture.registry.host)"), "\(error.message)")
            #expect(error.message.contains("team/app"), "\(error.message)")
        }
    }

    @Test func aWrongContentTypeIsReplacedByTheDocumentsOwn() async throws {
        try await withRegistry { fixture async throws in
            let stored = fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            fixture.registry.misbehave(.wrongContentType)
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            #expect(try await fixture.session().resolve(tag).descriptor == stored)
        }
    }

    @Test func aManifestThatTheRegistryCallsAnIndexIsRefused() async throws {
        try await withRegistry { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0", mediaType: MediaType.ociIndex)
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            let error = try await failure { _ = try await fixture.session().resolve(tag) }
            #expect(error.code == .dataLoss)
        }
    }

    @Test func anImageOfSchema1IsRefusedInDockersWords() async throws {
        try await withRegistry { fixture async throws in
            let old = Array("{\"schemaVersion\":1,\"name\":\"team/app\",\"fsLayers\":[],\"history\":[]}".utf8)
            fixture.registry.addManifest(old, to: "team/app", tag: "1.0", mediaType: MediaType.dockerManifestV1Signed)
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            let error = try await failure { _ = try await fixture.session().resolve(tag) }
            #expect(error.message.contains("schema 1 support has been removed"))
        }
    }

    @Test func aDescriptorWithAnotherSizeOrTypeIsNotServed() async throws {
        try await withRegistry { fixture async throws in
            let stored = fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            var longer = stored
            longer.size += 1
            let size = try await failure { _ = try await fixture.session().manifest(longer) }
            #expect(size.code == .dataLoss)
            var index = stored
            index.mediaType = MediaType.ociIndex
            let type = try await failure { _ = try await fixture.session().manifest(index) }
            #expect(type.code == .dataLoss)
        }
    }

    @Test func anAnswerThatComesAfterTwoFailuresIsTaken() async throws {
        try await withRegistry { fixture async throws in
            let stored = fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            fixture.registry.misbehave(.serverError, times: 2)
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            #expect(try await fixture.session().resolve(tag).descriptor == stored)
            #expect(fixture.registry.faultsFired == 2)
        }
    }

    @Test func tagsAreCollectedOverPages() async throws {
        try await withRegistry { fixture async throws in
            for number in 1...8 { fixture.registry.addManifest(Self.document, to: "team/app", tag: "v\(number)") }
            #expect(try await fixture.session().tags() == (1...8).map { "v\($0)" })
        }
    }

    @Test func aPushedManifestIsThereUnderTagAndDigest() async throws {
        try await withRegistry { fixture async throws in
            let parts = [noise(10), noise(100)]
            for part in parts { fixture.registry.addBlob(part, to: "team/app") }
            let digest = FakeRegistry.digest(Self.document)
            let session = fixture.session(.pullAndPush)
            #expect(try await session.hasManifest(digest) == false)
            try await session.putManifest(Self.document, mediaType: MediaType.ociManifest, digest: digest, tag: "1.0")
            #expect(fixture.registry.manifest("1.0", of: "team/app") == Self.document)
            #expect(try await session.hasManifest(digest))
            fixture.registry.misbehave(.digestLie)
            let error = try await failure {
                try await session.putManifest(Self.document, mediaType: MediaType.ociManifest, digest: digest, tag: nil)
            }
            #expect(error.code == .dataLoss)
        }
    }

    @Test func theTagOfTheDigestIsAskedForReferrersWhereTheRegistryHasNoList() async throws {
        try await withRegistry { fixture async throws in
            let subject = fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            #expect(try await fixture.session().referrers(of: subject.digest).isEmpty)
            let index = Array(
                "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":\"\(MediaType.ociManifest)\",\"digest\":\"\(subject.digest)\",\"size\":9}]}"
                    .utf8)
            fixture.registry.addManifest(
                index, to: "team/app", tag: "sha256-\(subject.digest.hex)", mediaType: MediaType.ociIndex)
            #expect(try await fixture.session().referrers(of: subject.digest).map(\.size) == [9])
        }
    }
}
