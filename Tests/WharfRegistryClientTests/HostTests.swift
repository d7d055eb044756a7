// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which server is asked and trusted: certificates, hosts.toml, mirrors, plain HTTP.

import Testing
import WharfError
import WharfOCI
import WharfRegistryClient
import WharfTestKit

@Suite struct HostTests {
    private static let document = manifest([], config: layer([1]))

    private static func tls(_ name: String = "localhost") -> FakeRegistry.Options {
        var options = FakeRegistry.Options()
        options.usesTLS = true
        options.certificateName = name
        return options
    }

    /// A folder of certificates with files for one registry.
    private static func folder(_ host: String, _ files: [String: [UInt8]]) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory("certs")
        try makeFolder(folder.path(host))
        for (name, bytes) in files { try folder.write("\(host)/\(name)", bytes) }
        return folder
    }

    private static func resolve(_ fixture: RegistryFixture, _ client: RegistryClient) async throws -> FetchedManifest {
        let tag = try #require(fixture.repository.with(tag: "1.0"))
        return try await client.repository(fixture.repository, credentials: nil, actions: .pull).resolve(tag)
    }

    @Test func anAuthorityInCertsDIsTrustedForItsRegistry() async throws {
        let authority = try readFile(TestCertificates.shared().authority)
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(
            Self.tls(),
            settings: { settings, registry in
                let made = try Self.folder(registry.host, ["ca.crt": authority])
                folder.value = made
                settings.certificateFolders = ["/nonexistent", made.path]
            }
        ) { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            #expect(try await Self.resolve(fixture, fixture.client).bytes == Self.document)
        }
    }

    /// Loopback registries are insecure by default, as in Docker: hosts.toml is the way to be strict with one.
    @Test(arguments: [("localhost", true), ("other.example", false)])
    func aCertificateForAnotherNameIsRefused(name: String, isGood: Bool) async throws {
        let authority = try readFile(TestCertificates.shared().authority)
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(
            Self.tls(name),
            settings: { settings, registry in
                let toml = "server = \"https://\(registry.host)\"\nca = \"ca.pem\"\n"
                let made = try Self.folder(registry.host, ["hosts.toml": Array(toml.utf8), "ca.pem": authority])
                folder.value = made
                settings.certificateFolders = [made.path]
            }
        ) { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            if isGood {
                #expect(try await Self.resolve(fixture, fixture.client).bytes == Self.document)
            } else {
                let error = try await failure { _ = try await Self.resolve(fixture, fixture.client) }
                #expect(error.code == .unavailable)
                #expect(error.message.contains("x509: certificate is"), "\(error.message)")
            }
        }
    }

    @Test func anUnknownAuthorityIsRefusedInDockersWords() async throws {
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(
            Self.tls(),
            settings: { settings, registry in
                let made = try Self.folder(registry.host, ["hosts.toml": Array("server = \"https://\(registry.host)\"".utf8)])
                folder.value = made
                settings.certificateFolders = [made.path]
            }
        ) { fixture async throws in
            let error = try await failure { _ = try await Self.resolve(fixture, fixture.client) }
            #expect(error.message.contains("x509: certificate signed by unknown authority"), "\(error.message)")
            #expect(fixture.registry.seen.isEmpty)
        }
    }

    @Test func aLoopbackRegistryMayHaveAnyCertificate() async throws {
        try await withRegistry(Self.tls("other.example")) { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            #expect(try await Self.resolve(fixture, fixture.client).bytes == Self.document)
        }
    }

    @Test func aRegistryWithTLSThatRedirectsToPlainHTTPIsRefused() async throws {
        let authority = try readFile(TestCertificates.shared().authority)
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(
            Self.tls(),
            settings: { settings, registry in
                let toml = "server = \"https://\(registry.host)\"\nca = [\"ca.pem\"]\n"
                let made = try Self.folder(registry.host, ["hosts.toml": Array(toml.utf8), "ca.pem": authority])
                folder.value = made
                settings.certificateFolders = [made.path]
            }
        ) { fixture async throws in
            fixture.registry.addBlob([1, 2, 3], to: "team/app")
            fixture.registry.misbehave(.redirectElsewhere)
            let error = try await failure { _ = try await fixture.session().blob(layer([1, 2, 3])).all() }
            #expect(error.message.contains("without TLS"), "\(error.message)")
            #expect(fixture.registry.seen.filter(\.isElsewhere).isEmpty)
        }
    }

    @Test func mirrorsOfHostsTomlAreAskedFirstWithTheirHeaders() async throws {
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(settings: { settings, registry in
            let toml = """
                server = "http://\(registry.host)"
                [host."http://\(registry.elsewhere)"]
                  capabilities = ["pull", "resolve"]   # never push
                  [host."http://\(registry.elsewhere)".header]
                    x-team = ["blue"]
                """
            let made = try Self.folder(registry.host, ["hosts.toml": Array(toml.utf8)])
            folder.value = made
            settings.certificateFolders = [made.path]
        }) { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            #expect(try await Self.resolve(fixture, fixture.client).source == fixture.registry.elsewhere)
            #expect(fixture.registry.seen.count == 1)
            #expect(fixture.registry.seen.first?.headers["x-team"] == "blue")
            try await upload([1], by: fixture.session(.pullAndPush))
            #expect(fixture.registry.seen.filter { $0.method != "GET" }.allSatisfy { !$0.isElsewhere })
        }
    }

    @Test func aMirrorThatFailsIsFollowedByTheRegistryItself() async throws {
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(settings: { settings, registry in
            let toml = "server = \"http://\(registry.host)\"\n[host.\"http://127.0.0.1:1\"]\n"
            let made = try Self.folder(registry.host, ["hosts.toml": Array(toml.utf8)])
            folder.value = made
            settings.certificateFolders = [made.path]
        }) { fixture async throws in
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            #expect(try await Self.resolve(fixture, fixture.client).source == fixture.registry.host)
        }
    }

    @Test func aRegistryThatIsNotThereIsNamedWithItsAddress() async throws {
        try await withRegistry { fixture async throws in
            let gone = try Reference.parse("127.0.0.1:1/team/app:1.0")
            let session = fixture.client.repository(gone, credentials: nil, actions: .pull)
            let error = try await failure { _ = try await session.resolve(gone) }
            #expect(error.code == .unavailable)
            #expect(error.message.contains("connect: connection refused"), "\(error.message)")
            #expect(error.message.contains("127.0.0.1:1/team/app"), "\(error.message)")
        }
    }

    @Test func aHostsTomlThatCanNotBeReadIsNamedWithItsLine() async throws {
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(settings: { settings, registry in
            let made = try Self.folder(registry.host, ["hosts.toml": Array("server = \"x\"\nca = \n".utf8)])
            folder.value = made
            settings.certificateFolders = [made.path]
        }) { fixture async throws in
            let error = try await failure { _ = try await Self.resolve(fixture, fixture.client) }
            #expect(error.code == .invalidArgument)
            #expect(error.message.contains("hosts.toml: line 2"), "\(error.message)")
        }
    }

    @Test func aClientCertificateIsShownWhereTheFolderHasOne() async throws {
        let folder = TestBox<TemporaryDirectory>()
        try await withRegistry(
            Self.tls(),
            settings: { settings, registry in
                let pair = try TestCertificates.shared().issue("client", forClient: true)
                let made = try Self.folder(registry.host, ["client.cert": try readFile(pair.chain)])
                folder.value = made
                settings.certificateFolders = [made.path]
            }
        ) { fixture async throws in
            let error = try await failure { _ = try await Self.resolve(fixture, fixture.client) }
            #expect(error.message.contains("missing key client.key for client certificate client.cert"), "\(error.message)")
            let pair = try TestCertificates.shared().issue("client", forClient: true)
            let made = try #require(folder.value)
            try made.write("\(fixture.registry.host)/client.cert", try readFile(pair.chain))
            try made.write("\(fixture.registry.host)/client.key", try readFile(pair.key))
            fixture.registry.addManifest(Self.document, to: "team/app", tag: "1.0")
            #expect(try await Self.resolve(fixture, fixture.client).bytes == Self.document)
        }
    }
}
