// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The server and the client against each other, and the server against bytes that no client would send.

import Glibc
import Synchronization
import Testing
import WharfError
import WharfHTTP
import WharfLinux

@Suite(.timeLimit(.minutes(1))) struct ServerTests {
    /// Answers with what it got.
    private static let echo: HTTPResponder = { request in
        do {
            let body = try await request.body.collect(upTo: 4 << 20)
            return text("\(request.method) /\(request.path.joined(separator: "/")) \(string(body))")
        } catch {
            return HTTPResponse(400, content: .bytes(Array("\(error)".utf8)))
        }
    }

    @Test func answersRequestAfterRequest() async throws {
        try await withServer(respond: Self.echo) { fixture in
            let connection = try fixture.connect()
            for number in 1...3 {
                try await connection.send("POST /n/\(number) HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
                let answer = try await connection.receive(until: "hi")
                #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
                #expect(answer.hasSuffix("POST /n/\(number) hi"))
            }
        }
    }

    @Test func answersPipelinedRequestsInOrder() async throws {
        try await withServer(respond: Self.echo) { fixture in
            let connection = try fixture.connect()
            try await connection.send(
                "GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /3 HTTP/1.1\r\nHost: x\r\n\r\n"
            )
            connection.halfClose()
            let answers = try await connection.receiveAll()
            let bodies = answers.split(separator: "\r\n").filter { $0.contains(" /") && !$0.hasPrefix("HTTP/1.1 ") }
            #expect(bodies.count == 3, "\(answers)")
            #expect(answers.contains("GET /1 ") && answers.contains("POST /2 abc") && answers.hasSuffix("GET /3 "))
        }
    }

    @Test(arguments: [
        "GARBAGE\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -3\r\n\r\nabc", "GET //a HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%2e%2e/a HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\nLONG\r\n\r\n",
    ])
    func refusesMalformedRequests(_ request: String) async throws {
        try await withServer(respond: Self.echo) { fixture in
            let connection = try fixture.connect()
            let long = "X: \(String(repeating: "a", count: 70_000))"
            try await connection.send(request.split(separator: "LONG", omittingEmptySubsequences: false).joined(separator: long))
            let answer = try await connection.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
            #expect(answer.contains("\r\nConnection: close\r\n"))
            #expect(answer.contains("{\"message\":\""))
        }
    }

    @Test func streamsLargeBodiesBothWays() async throws {
        let size = 48 << 20
        let respond: HTTPResponder = { request in
            HTTPResponse(
                200,
                content: .stream(whenGone: .cancels) { writer in
                    for try await chunk in request.body { try await writer.write(chunk) }
                })
        }
        try await withServer(respond: respond) { fixture in
            let sent = Mutex(0)
            let source = HTTPBody(
                AsyncStream<[UInt8]>(unfolding: {
                    let done = sent.withLock { sent in
                        defer { sent += 1 << 16 }
                        return sent
                    }
                    return done < size ? [UInt8](repeating: UInt8(truncatingIfNeeded: done >> 16), count: 1 << 16) : nil
                }))
            let response = try await fixture.client.send(HTTPClientRequest("POST", "/echo", content: .stream(source)))
            #expect(response.headers["Transfer-Encoding"] == "chunked")
            var received = 0
            for try await chunk in response.body {
                for byte in [chunk[0], chunk[chunk.count - 1]] { #expect(Int(byte) <= 255) }
                let expected = UInt8(truncatingIfNeeded: received >> 16)
                #expect(chunk[0] == expected)
                received += chunk.count
            }
            #expect(received == size)
        }
    }

    @Test func capsCollectedBodies() async throws {
        try await withServer(respond: Self.echo) { fixture in
            let body = [UInt8](repeating: 0x20, count: (4 << 20) + 1)
            let response = try await fixture.client.send(HTTPClientRequest("POST", "/", content: .bytes(body)))
            #expect(response.status == 400)
            let message = string(try await response.body.collect(upTo: 1000))
            #expect(message == "request body is larger than 4194304 bytes")
            let fine = try await fixture.client.send(HTTPClientRequest("POST", "/", content: .bytes(Array(body.dropLast()))))
            #expect(fine.status == 200)
        }
    }

    @Test func headHasNoBody() async throws {
        try await withServer(respond: { _ in text("hello") }) { fixture in
            let connection = try fixture.connect()
            try await connection.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let answer = try await connection.receiveAll()
            #expect(answer.contains("\r\nContent-Length: 5\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func sendsTheHeadBeforeTheBody() async throws {
        let (gate, open) = AsyncStream<Void>.makeStream()
        let respond: HTTPResponder = { _ in
            HTTPResponse(
                200,
                content: .stream(whenGone: .cancels) { writer in
                    for await _ in gate { break }
                    try await writer.write(Array("late".utf8))
                })
        }
        try await withServer(respond: respond) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("POST", "/wait"))
            #expect(response.status == 200)
            open.yield()
            #expect(string(try await response.body.collect(upTo: 10)) == "late")
        }
    }

    @Test func endsSlowHeads() async throws {
        var limits = HTTPLimits()
        limits.headerTime = .milliseconds(100)
        try await withServer(limits: limits, respond: Self.echo) { fixture in
            let connection = try fixture.connect()
            try await connection.send("GET / HTTP/1.1\r\nX-Slow: ")
            #expect(try await connection.receiveAll().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func endsIdleConnections() async throws {
        var limits = HTTPLimits()
        limits.idleTime = .milliseconds(100)
        try await withServer(limits: limits, respond: Self.echo) { fixture in
            let answer = try await fixture.connect().receiveAll()
            #expect(answer == "")
        }
    }

    @Test func continuesWhenExpected() async throws {
        try await withServer(respond: Self.echo) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await connection.receive(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try await connection.send("ok")
            #expect(try await connection.receive(until: "ok").hasSuffix("POST /x ok"))
        }
    }

    @Test func anUnreadBodyDoesNotCostTheAnswer() async throws {
        try await withServer(respond: { _ in HTTPResponse(404, content: .bytes(Array("gone".utf8))) }) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
            #expect(try await connection.receive(until: "gone").hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            try await connection.send([UInt8](repeating: 0, count: 3_000_000))
            #expect(try await connection.receiveAll() == "")
        }
    }

    @Test func refusesHeadersThatWouldSplit() async throws {
        try await withServer(respond: { _ in HTTPResponse(200, headers: ["X": "a\r\nSet-Cookie: b"]) }) { fixture in
            let answer = try await fixture.client.send(HTTPClientRequest("GET", "/"))
            #expect(answer.status == 500)
        }
    }

    @Test func brokenStreamsAreNotTakenForWhole() async throws {
        let respond: HTTPResponder = { _ in
            HTTPResponse(
                200,
                content: .stream(whenGone: .isIgnored) { writer in
                    try await writer.write([1, 2, 3])
                    throw WharfError(.internal, "no more")
                })
        }
        try await withServer(respond: respond) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("GET", "/"))
            await #expect(throws: WharfError.self) { _ = try await response.body.collect(upTo: 10) }
        }
    }

    @Test func listensBelowADeepRootWithItsMode() async throws {
        let folder = String(repeating: "0123456789abcdef/", count: 9) + "end"
        try await withServer(folder: folder, respond: Self.echo) { fixture in
            #expect(fixture.path.utf8.count > 150)
            let answer = try await fixture.client.send(HTTPClientRequest("GET", "/deep"))
            #expect(answer.status == 200)
            var status = stat()
            #expect(fstatat(fixture.directory.raw, "api.sock", &status, 0) == 0)
            #expect(status.st_mode & 0o777 == 0o660)
        }
    }

    @Test func aSecondServerOnALivingSocketIsRefused() async throws {
        try await withServer(respond: Self.echo) { fixture in
            await #expect(throws: WharfError.self) {
                _ = try await HTTPServer([.init(.unix(path: fixture.path))], respond: Self.echo)
            }
            let answer = try await fixture.client.send(HTTPClientRequest("GET", "/"))
            #expect(answer.status == 200)
        }
    }

    @Test func servesTCP() async throws {
        let server = try await HTTPServer([.init(.tcp(host: "127.0.0.1", port: 0))], respond: Self.echo)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            defer { server.shutdown() }
            let response = try await HTTPClient(endpoint: server.endpoints[0]).send(HTTPClientRequest("GET", "/tcp"))
            #expect(string(try await response.body.collect(upTo: 100)) == "GET /tcp ")
        }
    }

    @Test func nobodyListensIsUnavailable() async throws {
        let error = await #expect(throws: WharfError.self) {
            _ = try await HTTPClient(endpoint: .unix(path: "/tmp/no-such-folder/x.sock")).send(HTTPClientRequest("GET", "/"))
        }
        #expect(error?.code == .unavailable)
        #expect(error?.errno == ENOENT)
    }
}
