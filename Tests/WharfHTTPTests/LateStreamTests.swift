// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Streams whose head waits for the first chunk: a refusal before it has a status of its own, and a client that leaves before
// it ends the work.

import Testing
import WharfHTTP

@Suite(.timeLimit(.minutes(1))) struct LateStreamTests {
    private struct Refused: Error {}

    private func answer(
        _ whenGone: HTTPResponse.GoneClient, _ write: @escaping @Sendable (HTTPResponseWriter) async throws -> Void
    )
        -> HTTPResponse
    {
        HTTPResponse(
            200, headers: ["Content-Type": "application/json"],
            content: .lateStream(
                whenGone: whenGone, refuse: { HTTPResponse(404, content: .bytes(Array("no: \($0)".utf8))) }, write))
    }

    @Test func whatFailsBeforeTheFirstChunkIsARefusal() async throws {
        try await withServer(respond: { [self] _ in answer(.cancels) { _ in throw Refused() } }) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("POST", "/pull"))
            #expect(response.status == 404)
            #expect(string(try await response.body.collect(upTo: 1000)) == "no: Refused()")
        }
    }

    @Test func theFirstChunkBringsTheHead() async throws {
        let respond: HTTPResponder = { [self] _ in
            answer(.isIgnored) { writer in
                try await writer.write(Array("one ".utf8))
                try await writer.write(Array("two".utf8))
            }
        }
        try await withServer(respond: respond) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("POST", "/pull"))
            #expect(response.status == 200 && response.headers["Content-Type"] == "application/json")
            #expect(string(try await response.body.collect(upTo: 1000)) == "one two")
        }
    }

    @Test func nothingAtAllIsAnEmptyAnswer() async throws {
        try await withServer(respond: { [self] _ in answer(.cancels) { _ in } }) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("GET", "/x"))
            #expect(response.status == 200)
            #expect(try await response.body.collect(upTo: 1000).isEmpty)
        }
    }

    @Test func whatFailsBehindTheFirstChunkBreaksOff() async throws {
        let respond: HTTPResponder = { [self] _ in
            answer(.cancels) { writer in
                try await writer.write(Array("half".utf8))
                throw Refused()
            }
        }
        try await withServer(respond: respond) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("GET", "/save"))
            #expect(response.status == 200)
            await #expect(throws: (any Error).self) { try await response.body.collect(upTo: 1000) }
        }
    }

    @Test func aClientThatLeavesBeforeTheHeadCancels() async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        let respond: HTTPResponder = { [self] _ in
            answer(.cancels) { _ in
                continuation.yield("began")
                let (never, _) = AsyncStream<Void>.makeStream()
                for await _ in never {}
                continuation.yield(Task.isCancelled ? "cancelled" : "went on")
                throw CancellationError()
            }
        }
        try await withServer(respond: respond) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /pull HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "began")
            connection.close()
            #expect(await iterator.next() == "cancelled")
        }
    }
}
