// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The pure parts: request targets, route patterns, message framing, header fields.

import Testing

@testable import WharfHTTP

@Suite struct RequestTargetTests {
    @Test func splitsAndDecodes() throws {
        let target = try #require(RequestTarget("/v1.44/images/a%2Fb/json?filters=%7B%7D&all=1&empty&t=a+b&t=c"))
        #expect(target.path == ["v1.44", "images", "a/b", "json"])
        #expect(target.query["filters"] == "{}")
        #expect(target.query["all"] == "1")
        #expect(target.query["empty"] == "")
        #expect(target.query.all("t") == ["a b", "c"])
        #expect(target.query["none"] == nil)
    }

    @Test func takesTheAbsoluteForm() {
        #expect(RequestTarget("http://docker/_ping")?.path == ["_ping"])
        #expect(RequestTarget("http://docker")?.path == [])
        #expect(RequestTarget("/")?.path == [])
        #expect(RequestTarget("/a/")?.path == ["a"])
    }

    @Test(arguments: [
        "", "*", "a", "//", "//containers/json", "/containers//json", "/containers/%2e%2e/json", "/./json", "/../json", "/a%zz", "/a%2",
        "/%ff", "/a%00b", "/a?x=%zz", "/a?x=%ff", "/e\u{301}%2",
    ])
    func refuses(_ target: String) {
        #expect(RequestTarget(target) == nil)
    }
}

@Suite struct HTTPRouterTests {
    private let router = HTTPRouter<Int>([
        HTTPRoute("GET", "/images/json", 1),
        HTTPRoute("GET", "/images/{name...}/json", 2),
        HTTPRoute("DELETE", "/images/{name...}", 3),
        HTTPRoute("GET", "/containers/{id}/json", 4),
        HTTPRoute("GET", "/", 5),
    ])

    @Test func capturesSlashesInTheMiddle() throws {
        let match = try #require(router.match("GET", ["images", "host:5000", "a", "json", "json"]))
        #expect(match.handler == 2)
        #expect(match.parameters == ["name": "host:5000/a/json"])
        #expect(router.match("DELETE", ["images", "a", "b"])?.parameters == ["name": "a/b"])
    }

    @Test func takesTheFirstThatFits() {
        #expect(router.match("GET", ["images", "json"])?.handler == 1)
        #expect(router.match("GET", ["containers", "x", "json"])?.handler == 4)
        #expect(router.match("GET", [])?.handler == 5)
        #expect(router.match("GET", ["containers", "a", "b", "json"]) == nil)
        #expect(router.match("POST", ["images", "json"]) == nil)
        #expect(router.match("GET", ["images", "x"]) == nil)
    }
}

@Suite struct MessageFramingTests {
    @Test func stopsBehindTheHead() {
        var framing = MessageFraming()
        #expect(framing.admit(Array("GET / HTTP/1.1\r\nHost: x\r\n".utf8)) == 25)
        #expect(framing.admit(Array("\r\nBODY".utf8)) == 2)
        framing.headParsed(length: 3)
        #expect(framing.admit(Array("BODY".utf8)) == 3)
        framing.bodyParsed(3)
        framing.messageParsed()
        #expect(framing.admit(Array("Y".utf8)) == 0)
        framing.next()
        #expect(framing.admit(Array("A\r\n\r\nB".utf8)) == 5)
    }

    @Test func leavesChunksToTheParser() {
        var framing = MessageFraming()
        framing.headParsed(length: nil)
        #expect(framing.admit(Array("5\r\nhello".utf8)) == 8)
    }
}

@Suite struct HTTPHeadersTests {
    @Test func comparesWithoutCase() {
        var headers: WharfHTTP.HTTPHeaders = ["Connection": "keep-alive, Upgrade", "X": "1"]
        #expect(headers["connection"] == "keep-alive, Upgrade")
        #expect(headers.contains("connection", token: "upgrade"))
        #expect(!headers.contains("connection", token: "grade"))
        headers["x"] = "2"
        #expect(headers.all("X") == ["2"])
        headers["X"] = nil
        #expect(headers["x"] == nil)
        #expect(headers.isSafe)
        headers.add("Y", "a\r\nb: c")
        #expect(!headers.isSafe)
    }
}
