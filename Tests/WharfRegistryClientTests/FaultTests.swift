// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Every misbehaviour against pull and push: what comes out is right, or it is an error that says where and what.

import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct FaultTests {
    private static let blob = noise(60_000)
    private static let config = noise(10)
    private static let document = manifest([layer(blob)], config: layer(config))

    private static var options: FakeRegistry.Options {
        var options = FakeRegistry.Options()
        options.access = .bearer(user: "", password: "")
        return options
    }

    /// Runs `body` with patience for a few seconds, and checks its error where it throws one.
    private static func run(_ fault: RegistryFault, _ body: @escaping @Sendable (RegistryFixture) async throws -> Void) async throws {
        try await withRegistry(
            options,
            settings: { settings, _ in
                settings.stallTime = .seconds(2)
                settings.answerTime = .seconds(2)
            }
        ) { fixture in
            fixture.registry.misbehave(fault)
            do {
                try await body(fixture)
            } catch let error as WharfError {
                #expect(error.message.contains(fixture.registry.host), "\(fault): \(error.message)")
                #expect(error.message.contains("team/app"), "\(fault): \(error.message)")
                #expect(error.code != .internal || fault == .serverError, "\(fault): \(error.message)")
            }
        }
    }

    @Test(arguments: RegistryFault.all)
    func aPullIsRightOrSaysWhatIsWrong(fault: RegistryFault) async throws {
        try await Self.run(fault) { fixture in
            fixture.registry.addBlob(Self.blob, to: "team/app")
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            let session = fixture.session()
            let tag = try #require(fixture.repository.with(tag: "1.0"))
            #expect(try await session.resolve(tag).bytes == Self.document)
            let bytes = try await session.blob(layer(Self.blob)).all()
            // Blobs are hashed by whoever stores them.
            #expect(bytes == Self.blob || (fault == .wrongDigest && bytes.count == Self.blob.count))
        }
    }

    @Test(arguments: RegistryFault.all)
    func aPushIsRightOrSaysWhatIsWrong(fault: RegistryFault) async throws {
        try await Self.run(fault) { fixture in
            let digest = FakeRegistry.digest(Self.document)
            let session = fixture.session(.pullAndPush)
            do {
                try await upload(Self.blob, by: session)
                try await upload(Self.config, by: session)
                try await session.putManifest(Self.document, mediaType: MediaType.ociManifest, digest: digest, tag: "1.0")
            } catch let error as WharfError {
                // The manifest is the last thing that is sent; a registry that lies about it may have it.
                #expect(fault == .digestLie || fixture.registry.manifest("1.0", of: "team/app") == nil)
                throw error
            }
            #expect(fixture.registry.blob(FakeRegistry.digest(Self.blob)) == Self.blob)
            #expect(fixture.registry.manifest("1.0", of: "team/app") == Self.document)
        }
    }
}
