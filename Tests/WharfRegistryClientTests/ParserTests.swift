// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The small parsers: challenges, hosts.toml, ranges, pauses, names of registries.

import Testing
import WharfError
import WharfHTTP
import WharfOutbound
import WharfOCI
import WharfTestKit

@testable import WharfRegistryClient

@Suite struct ParserTests {
    @Test func challengesAreReadAsTheyAreWritten() {
        let bearer =
            "Bearer realm=\"https://auth.example/token?a=b,c\",service=\"reg\\\"istry\",scope=\"repository:a/b:pull repository:c:pull\""
        #expect(
            AuthChallenge.parse([bearer]) == [
                AuthChallenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth.example/token?a=b,c", "service": "reg\"istry",
                        "scope": "repository:a/b:pull repository:c:pull",
                    ])
            ])
        #expect(AuthChallenge.parse(["Basic realm=x, BEARER Realm=\"y\"", "Negotiate"]).map(\.scheme) == ["basic", "bearer", "negotiate"])
        #expect(AuthChallenge.parse(["Bearer realm=\"never ends", "=", ",,,", ""]).map(\.parameters) == [[:]])
    }

    @Test(arguments: [
        ("http://auth.example/token", "without TLS"), ("https://169.254.169.254/latest", "on this machine"),
        ("https://localhost/token", "on this machine"), ("https://[::1]/token", "on this machine"),
        ("file:///etc/passwd", "no http or https address"), ("https://user:password@auth.example/", "no http or https address"),
        ("", "no http or https address"),
    ])
    func aTokenServiceIsNotLookedForEverywhere(realm: String, words: String) throws {
        let host = RegistryHost(base: try #require(WebURL("https://registry.example/v2")), isOrigin: true)
        let challenge = AuthChallenge(scheme: "bearer", parameters: ["realm": realm])
        do {
            _ = try TokenService(challenge, of: host)
            Issue.record("it was taken")
        } catch {
            #expect(error.text.contains(words), "\(error.text)")
        }
        _ = try TokenService(AuthChallenge(scheme: "bearer", parameters: ["realm": "https://auth.example/t"]), of: host)
    }

    @Test func aHostsFileIsReadInItsOrder() throws {
        let text = """
            # the registry itself
            server = "https://registry-1.docker.io"

            [host."https://b.example/v2"]
              capabilities = ["pull"]
              client = [["c.pem", "k.pem"], ["d.pem", "e.pem"]]
              dial_timeout = "500ms"
            [host.'http://a.example:5000/prefix/']
              override_path = true
              skip_verify = true
              ca = ["one.pem", "two.pem"]
              header = { x-a = "1", "x-b" = ["2", "3"] }
            """
        let file = try HostsFile.parse(Array(text.utf8), host: "unused")
        #expect(file.server.url.description == "https://registry-1.docker.io/v2")
        #expect(file.entries.map(\.url.description) == ["https://b.example/v2", "http://a.example:5000/prefix"])
        #expect(file.entries[0].abilities == [.pull])
        #expect(file.entries[0].client?.chain == "c.pem" && file.entries[0].client?.key == "k.pem")
        #expect(file.entries[0].connectTime == .milliseconds(500))
        #expect(file.entries[1].skipsVerification)
        #expect(file.entries[1].authorities == ["one.pem", "two.pem"])
        #expect(file.entries[1].headers.map { "\($0.name)=\($0.value)" } == ["x-a=1", "x-b=2", "x-b=3"])
    }

    @Test(arguments: [
        ("a = ", 1), ("\n\na = \"\"\"x\"\"\"", 3), ("a = 1\na = 2", 2), ("[a\nb = 1", 1), ("[[a]]", 1), ("a = \"x", 1), ("a = 1 b = 2", 1),
        ("a = [1, 2", 1), ("a = 2020-01-01", 1), ("a = \"\\q\"", 1), ("= 1", 1), ("a.b = 1\na = 2", 2),
    ])
    func whatIsNoTOMLIsNamedWithItsLine(text: String, line: Int) {
        do {
            _ = try TOMLReader.parse(Array(text.utf8))
            Issue.record("it was taken: \(text)")
        } catch {
            #expect(error.message.hasPrefix("line \(line): "), "\(error.message)")
        }
    }

    @Test func deeplyNestedTOMLIsRefused() {
        let text = "a = " + String(repeating: "[", count: 100_000)
        #expect(throws: WharfError.self) { try TOMLReader.parse(Array(text.utf8)) }
        let inline = "a = " + String(repeating: "{a=", count: 100_000)
        #expect(throws: WharfError.self) { try TOMLReader.parse(Array(inline.utf8)) }
    }

    @Test func aPauseIsReadFromSecondsAndDates() {
        #expect(RegistryReply.retryAfter("17") == .seconds(17))
        #expect(RegistryReply.retryAfter("Sun, 06 Nov 1994 08:49:37 GMT") == .zero)
        #expect((RegistryReply.retryAfter("Sun, 06 Nov 2094 08:49:37 GMT") ?? .zero) > .seconds(1_000_000))
        for text in ["", "-1", "soon", "Sun, 99 Foo 1994 08:49:37 GMT"] { #expect(RegistryReply.retryAfter(text) == nil) }
    }

    @Test(arguments: [
        ("bytes 10-99/100", true), ("bytes 10-99/*", true), ("bytes 10-98/100", false), ("bytes 0-99/100", false),
        ("bytes 10-99/101", false), ("bytes 10-99", false), ("items 10-99/100", false), ("bytes */100", false), ("", false),
    ])
    func aRangeIsTheOneThatWasAskedForOrNone(text: String, isGood: Bool) {
        let part = BlobPart(digest: FakeRegistry.digest([]), size: 100, range: 10..<100)
        #expect(part.isAnswered(by: ["Content-Range": text]) == isGood)
    }

    @Test func pausesGrowAndEnd() {
        var policy = RetryPolicy()
        policy.attempts = 4
        policy.firstDelay = .seconds(1)
        policy.longestDelay = .seconds(3)
        var attempts = Attempts(policy)
        let problem = RegistryProblem(.status(503), "busy")
        let delays = (0..<4).map { _ in attempts.delay(after: problem) }
        #expect((delays[0]).map { $0 >= .milliseconds(500) && $0 <= .seconds(1) } == true)
        #expect((delays[1]).map { $0 >= .seconds(1) && $0 <= .seconds(2) } == true)
        #expect((delays[2]).map { $0 >= .milliseconds(1500) && $0 <= .seconds(3) } == true)
        #expect(delays[3] == nil)
        attempts.succeeded()
        var asked = problem
        asked.retryAfter = .seconds(3600)
        #expect(attempts.delay(after: asked) == policy.longestRetryAfter)
        #expect(attempts.delay(after: RegistryProblem(.status(404), "gone")) == nil)
    }

    @Test(arguments: [
        ("", "docker.io"), ("https://index.docker.io/v1/", "docker.io"), ("docker.io", "docker.io"), ("registry-1.docker.io", "docker.io"),
        ("localhost:5000", "localhost:5000"), ("https://quay.io/v1/", "quay.io"), ("http://a.example:80", "a.example:80"),
    ])
    func aLoginsServerIsADomain(server: String, domain: String) {
        #expect(RegistryNames.domain(ofServer: server) == domain)
    }

    @Test func insecureRegistriesAreNamedByHostPortOrNetwork() {
        var settings = RegistrySettings()
        settings.insecureRegistries = ["a.example", "b.example:5000", "10.0.0.0/8", "fd00::/8"]
        let selection = HostSelection(settings)
        for name in [
            "a.example", "b.example:5000", "10.1.2.3", "10.1.2.3:5000", "[fd00::1]:443", "localhost", "localhost:5000", "127.3.2.1",
        ] {
            #expect(selection.isInsecure(name), "\(name)")
        }
        for name in ["b.example", "b.example:5001", "sub.a.example", "11.1.2.3", "[fe80::1]", "localhost.example", "registry-1.docker.io"] {
            #expect(!selection.isInsecure(name), "\(name)")
        }
    }
}
