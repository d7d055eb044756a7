// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who is let in, and that credentials and tokens reach nobody else.

import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct CredentialTests {
    private static let credentials = RegistryCredentials(username: "alice", password: "s3cret")
    private static let basic = "Basic YWxpY2U6czNjcmV0"

    private static func options(_ access: FakeRegistry.Access) -> FakeRegistry.Options {
        var options = FakeRegistry.Options()
        options.access = access
        return options
    }

    @Test(arguments: [FakeRegistry.Access.basic(user: "alice", password: "s3cret"), .bearer(user: "alice", password: "s3cret")])
    func theRightCredentialsOpenAndOthersDoNot(access: FakeRegistry.Access) async throws {
        try await withRegistry(Self.options(access)) { fixture async throws in
            let bytes = noise(1000)
            fixture.registry.addBlob(bytes, to: "team/app")
            #expect(try await fixture.session(.pull, Self.credentials).blob(layer(bytes)).all() == bytes)
            let nobody = try await failure { _ = try await fixture.session().blob(layer(bytes)).all() }
            #expect(nobody.message.contains("may require 'docker login'"), "\(nobody.message)")
            #expect(nobody.code == .unauthorized)
            let wrong = RegistryCredentials(username: "alice", password: "other")
            let stranger = try await failure { _ = try await fixture.session(.pull, wrong).blob(layer(bytes)).all() }
            #expect(stranger.code == .unauthorized)
        }
    }

    @Test func aTokenIsFetchedOnceHoweverManyAskForIt() async throws {
        try await withRegistry(Self.options(.bearer(user: "", password: ""))) { fixture async throws in
            let blobs = (1...10).map { noise(20_000, seed: UInt64($0)) }
            for blob in blobs { fixture.registry.addBlob(blob, to: "team/app") }
            let session = fixture.session()
            _ = try await session.blob(layer(blobs[0])).all()
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for blob in blobs { group.addTask { try await session.blob(layer(blob)).all() == blob } }
                for try await isSame in group { #expect(isSame) }
            }
            let fetched = fixture.registry.seen.filter { $0.target.hasPrefix("/token") }
            #expect(fetched.count == 1)
            #expect(fetched.first?.target == "/token?scope=repository%3Ateam%2Fapp%3Apull&service=fake%20registry")
        }
    }

    @Test func aTokenThatExpiresInTheMiddleOfABlobIsRenewed() async throws {
        try await withRegistry(Self.options(.bearer(user: "alice", password: "s3cret"))) { fixture async throws in
            let bytes = noise(300_000)
            fixture.registry.addBlob(bytes, to: "team/app")
            fixture.registry.misbehave(.tokenExpires, times: 1)
            #expect(try await fixture.session(.pull, Self.credentials).blob(layer(bytes)).all() == bytes)
            #expect(fixture.registry.seen.filter { $0.target.hasPrefix("/token") }.count == 2)
            #expect(fixture.registry.seen.compactMap(\.range).last == "bytes=150000-299999")
        }
    }

    @Test func credentialsAndTokensStayWhereTheyBelongWhenARegistryRedirects() async throws {
        for access in [FakeRegistry.Access.basic(user: "alice", password: "s3cret"), .bearer(user: "alice", password: "s3cret")] {
            try await withRegistry(Self.options(access)) { fixture async throws in
                let bytes = noise(1000)
                fixture.registry.addBlob(bytes, to: "team/app")
                fixture.registry.misbehave(.redirectElsewhere)
                #expect(try await fixture.session(.pull, Self.credentials).blob(layer(bytes)).all() == bytes)
                let elsewhere = fixture.registry.seen.filter(\.isElsewhere)
                #expect(elsewhere.count == 1)
                #expect(elsewhere.allSatisfy { $0.authorization == nil })
            }
        }
    }

    @Test func anUploadThatGoesOnElsewhereShowsNoCredentialsThere() async throws {
        try await withRegistry(Self.options(.basic(user: "alice", password: "s3cret"))) { fixture async throws in
            fixture.registry.misbehave(.uploadElsewhere)
            try await upload(noise(1000), by: fixture.session(.pullAndPush, Self.credentials))
            let elsewhere = fixture.registry.seen.filter(\.isElsewhere)
            #expect(!elsewhere.isEmpty)
            #expect(elsewhere.allSatisfy { $0.authorization == nil })
        }
    }

    @Test func aMirrorGetsNoCredentials() async throws {
        try await withRegistry(
            Self.options(.basic(user: "alice", password: "s3cret")),
            settings: { settings, registry in settings.mirrors = ["http://\(registry.host)"] }
        ) { fixture async throws in
            // Docker Hub itself can't be reached from here: what the mirror was shown is the point.
            var settings = quickSettings()
            settings.mirrors = ["http://\(fixture.registry.host)"]
            settings.retries.attempts = 1
            let hub = try Reference.parse("busybox:1.36")
            let session = fixture.client.repository(hub, credentials: Self.credentials, actions: .pull)
            let task = Task { try await session.resolve(hub) }
            try await eventually("the mirror is asked") { !fixture.registry.seen.isEmpty }
            task.cancel()
            _ = try? await task.value
            #expect(fixture.registry.seen.first?.target == "/v2/library/busybox/manifests/1.36")
            #expect(fixture.registry.seen.allSatisfy { $0.authorization == nil })
        }
    }

    @Test func aTokenServiceThatTalksNonsenseIsNamed() async throws {
        try await withRegistry(Self.options(.bearer(user: "", password: ""))) { fixture async throws in
            fixture.registry.misbehave(.tokenGarbage)
            let error = try await failure { _ = try await fixture.session().blob(layer([1])).all() }
            #expect(error.message.contains("the token service \(fixture.registry.host) gave no token"), "\(error.message)")
        }
    }

    @Test func aGivenTokenIsShownAsItIs() async throws {
        try await withRegistry(Self.options(.bearer(user: "", password: ""))) { fixture async throws in
            let given = RegistryCredentials(registryToken: "mine")
            let error = try await failure { _ = try await fixture.session(.pull, given).blob(layer([1])).all() }
            #expect(error.code == .unauthorized)
            #expect(fixture.registry.seen.map(\.authorization) == ["Bearer mine"])
        }
    }

    @Test func aLoginGivesTheRefreshTokenThatLaterOpens() async throws {
        var options = Self.options(.bearer(user: "alice", password: "s3cret"))
        options.givesRefreshTokens = true
        try await withRegistry(options) { fixture async throws in
            let login = try await fixture.client.login(fixture.registry.host, credentials: Self.credentials)
            #expect(login == RegistryLogin(status: "Login Succeeded", identityToken: "refresh-of-alice"))
            let bytes = noise(1000)
            fixture.registry.addBlob(bytes, to: "team/app")
            let identity = RegistryCredentials(identityToken: login.identityToken)
            #expect(try await fixture.session(.pull, identity).blob(layer(bytes)).all() == bytes)
            let wrong = RegistryCredentials(username: "alice", password: "other")
            let error = try await failure { _ = try await fixture.client.login(fixture.registry.host, credentials: wrong) }
            #expect(error.code == .unauthorized)
            #expect(error.message.contains("incorrect username or password"), "\(error.message)")
        }
    }

    @Test func aSearchFindsWhatTheIndexHas() async throws {
        try await withRegistry { fixture async throws in
            for name in ["team/app", "team/apple", "other"] {
                fixture.registry.addManifest(manifest([], config: layer([1])), to: name, tag: "1.0")
            }
            let found = try await fixture.client.search("app", registry: fixture.registry.host, limit: 25, credentials: nil)
            #expect(found.map(\.name) == ["team/app", "team/apple"])
            #expect(found.first?.stars == 7)
        }
    }

    @Test func credentialsPrintNothing() {
        var dumped = ""
        dump(Self.credentials, to: &dumped)
        for text in ["\(Self.credentials)", String(reflecting: Self.credentials), dumped] { #expect(!text.contains("s3cret")) }
    }
}
