// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Addresses and proxies as text: what is understood, and what an attacker writes that must not be.

import Testing

@testable import WharfOutbound

@Suite struct WebURLTests {
    @Test(arguments: [
        ("https://a.example", "https://a.example/"), ("HTTP://A.Example:80/x", "http://a.example/x"),
        ("https://a.example:8443/x?y=z#f", "https://a.example:8443/x?y=z"), ("http://[::1]:5000/v2/", "http://[::1]:5000/v2/"),
        ("https://a.example?x", "https://a.example/?x"), ("https://a.example/a b/%zz/ü", "https://a.example/a%20b/%25zz/%C3%BC"),
        ("https://a.example/%2e%2F", "https://a.example/%2e%2F"), ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
    ])
    func anAddressIsTakenApart(text: String, normal: String) {
        #expect(WebURL(text)?.description == normal)
    }

    @Test(arguments: [
        "", "a.example", "ftp://a.example/", "file:///etc/passwd", "https://", "https:///x", "https://user@a.example/",
        "https://user:password@a.example/", "https://a.example:0/", "https://a.example:65536/", "https://a.example:x/",
        "https://a.example\\@b.example/", "https://a.example\r\nHost: b/", "https://a.example/\n", "https://[::1/", "https://[x]/",
        "https://a%2eexample/", "https://ä.example/", "unix:///run/x", "https://[fe80::1%25eth0]/",
    ])
    func whatIsNoPlainAddressIsRefused(text: String) {
        #expect(WebURL(text) == nil)
    }

    @Test(arguments: [
        ("https://b.example/y", "https://b.example/y"), ("//b.example/y", "https://b.example/y"), ("/y?z", "https://a.example/y?z"),
        ("y", "https://a.example/v2/y"), ("?z", "https://a.example/v2/x?z"), ("", "https://a.example/v2/x"),
        ("a:b", nil), ("javascript:alert(1)", nil), ("../../y", nil), ("/a/./b", nil), ("file:///x", nil), ("/x\u{0}", nil),
    ])
    func aLocationIsRelativeToWhereItCameFrom(location: String, meaning: String?) throws {
        let base = try #require(WebURL("https://a.example/v2/x?old"))
        #expect(base.resolving(location)?.description == meaning)
    }

    @Test func anOriginIsSchemeHostAndPort() throws {
        let base = try #require(WebURL("https://a.example/x"))
        for text in ["https://A.example:443/", "https://a.example/other"] { #expect(WebURL(text).map(base.isSameOrigin) == true) }
        for text in ["http://a.example/", "https://a.example:444/", "https://b.a.example/", "https://a.example./"] {
            #expect(WebURL(text).map(base.isSameOrigin) == false)
        }
    }

    @Test func parametersAreEscaped() {
        #expect(WebURL("https://a.example/x")?.adding("a", "b c&d").adding("e", "/").target == "/x?a=b%20c%26d&e=%2F")
    }
}

@Suite struct ProxySettingsTests {
    private static func proxy(_ settings: ProxySettings, _ url: String) throws -> String? {
        let proxy = try settings.proxy(for: try #require(WebURL(url)))
        return proxy.map { "\($0.kind) \($0.host):\($0.port)" }
    }

    @Test func theSchemeChoosesTheProxy() throws {
        let settings = ProxySettings(environment: ["HTTP_PROXY": "http://p.example:3128", "https_proxy": "socks5://s.example"])
        #expect(try Self.proxy(settings, "http://a.example/") == "http p.example:3128")
        #expect(try Self.proxy(settings, "https://a.example/") == "socks5 s.example:1080")
        #expect(try Self.proxy(ProxySettings(), "https://a.example/") == nil)
        #expect(try Self.proxy(ProxySettings(https: "p.example:1"), "https://a.example/") == "http p.example:1")
        #expect(OutboundProxy("http://user:p%40ss@p.example:1")?.credentials == base64(Array("user:p@ss".utf8)))
        for text in ["https://p.example", "ftp://p.example", "http://", "socks5://u:p@s.example", "http://a@b@c/"] {
            #expect(throws: (any Error).self, "\(text)") { try Self.proxy(ProxySettings(https: text), "https://a.example/") }
        }
    }

    @Test(arguments: [
        ("a.example", "a.example", true), ("a.example", "b.a.example", true), (".a.example", "a.example", false),
        (".a.example", "b.a.example", true), ("*.a.example", "b.a.example", true), ("a.example", "xa.example", false),
        ("A.example ", "a.example", true), ("a.example:444", "a.example", false), ("a.example:443", "a.example", true), ("*", "x", true),
        ("10.0.0.0/8", "10.2.3.4", true), ("10.0.0.0/8", "11.2.3.4", false), ("10.2.3.4", "10.2.3.4", true), ("fd00::/8", "fd12::1", true),
        ("", "localhost", true), ("", "127.9.9.9", true), ("", "::1", true), ("", "a.example", false), (",,b.example,", "a.example", false),
    ])
    func exceptionsAreReadAsGoReadsThem(no: String, host: String, isExcluded: Bool) {
        #expect(ProxySettings(no: no).isExcluded(host: host, port: 443) == isExcluded)
    }

    @Test func base64IsThatOfTheStandard() {
        let pairs = [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
        for (plain, encoded) in pairs { #expect(base64(Array(plain.utf8)) == encoded) }
    }
}
