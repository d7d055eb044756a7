// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Clients that leave, and a server that is told to: what ends then and what goes on.

import Synchronization
import Testing
import WharfHTTP
import WharfOutbound
import WharfTestKit

@Suite(.timeLimit(.minutes(1))) struct DisconnectTests {
    @Test(arguments: [true, false]) func aGoneClientCancelsAStreamThatWorksForIt(halfClose: Bool) async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        let respond: HTTPResponder = { _ in
            HTTPResponse(
                200,
                content: .stream(whenGone: .cancels) { writer in
                    try await writer.write(Array("line".utf8))
                    let (never, _) = AsyncStream<Void>.makeStream()
                    for await _ in never {}
                    continuation.yield(Task.isCancelled ? "cancelled" : "went on")
                })
        }
        try await withServer(respond: respond) { fixture in
            let connection = try fixture.connect()
            try await connection.send("GET /logs HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.receive(until: "line")
            if halfClose { connection.halfClose() } else { connection.close() }
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "cancelled")
        }
    }

    @Test func aGoneClientDoesNotCancelAChange() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (events, continuation) = AsyncStream<String>.makeStream()
        let respond: HTTPResponder = { request in
            start.yield()
            for await _ in gate { break }
            let cancelledBefore = Task.isCancelled
            return HTTPResponse(
                200,
                content: .stream(whenGone: .isIgnored) { writer in
                    for _ in 0..<100 { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
                    continuation.yield(cancelledBefore || Task.isCancelled ? "cancelled" : "went on")
                })
        }
        try await withServer(respond: respond) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /load HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            for await _ in started { break }
            connection.close()
            open.yield()
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "went on")
        }
    }

    @Test func aBodyThatBreaksOffIsAnError() async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        let respond: HTTPResponder = { request in
            do {
                _ = try await request.body.collect(upTo: 1000)
                continuation.yield("whole")
            } catch {
                continuation.yield("\(error)")
            }
            return HTTPResponse(200)
        }
        try await withServer(respond: respond) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            connection.close()
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "the client closed the connection before the request's body was complete")
        }
    }

    @Test func leavingAResponseClosesTheConnection() async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        let respond: HTTPResponder = { _ in
            HTTPResponse(
                200,
                content: .stream(whenGone: .cancels) { writer in
                    defer { continuation.yield("ended") }
                    while true { try await writer.write([UInt8](repeating: 0x61, count: 10_000)) }
                })
        }
        try await withServer(respond: respond) { fixture in
            let response = try await fixture.client.send(HTTPClientRequest("GET", "/"))
            for try await _ in response.body { break }
            _ = consume response
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "ended")
        }
    }

    @Test func shutdownEndsStreamsAndLetsChangesFinish() async throws {
        let (started, start) = AsyncStream<Void>.makeStream()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let respond: HTTPResponder = { request in
            start.yield()
            guard request.method == "GET" else {
                for await _ in gate { break }
                return text(Task.isCancelled ? "cancelled" : "done")
            }
            return HTTPResponse(
                200,
                content: .stream(whenGone: .cancels) { _ in
                    let (never, _) = AsyncStream<Void>.makeStream()
                    for await _ in never {}
                    throw CancellationError()
                })
        }
        try await withServer(respond: respond) { fixture in
            let idle = try fixture.connect()
            let stream = try fixture.connect()
            let change = try fixture.connect()
            try await stream.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
            try await change.send("POST /stop HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            var starts = started.makeAsyncIterator()
            _ = await starts.next()
            _ = await starts.next()
            fixture.server.shutdown()
            #expect(try await idle.receiveAll() == "")
            #expect(try await stream.receiveAll().hasPrefix("HTTP/1.1 200"))
            open.yield()
            #expect(try await change.receiveAll().hasSuffix("done"))
        }
    }

    /// Writes without end; says so when it has to stop.
    private static func endless(_ ended: AsyncStream<String>.Continuation) -> HTTPResponse {
        HTTPResponse(
            200,
            content: .stream(whenGone: .cancels) { writer in
                defer { ended.yield("ended") }
                while true { try await writer.write([UInt8](repeating: 0x61, count: 100_000)) }
            })
    }

    @Test func leavingAnotherMachinesAnswerClosesTheConnection() async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        let server = try await HTTPServer([.init(.tcp(host: "127.0.0.1", port: 0))]) { _ in Self.endless(continuation) }
        guard case .tcp(_, let port)? = server.endpoints.first else { throw TestFailure("no port") }
        let client = OutboundClient()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            let url = try #require(WebURL("http://127.0.0.1:\(port)/"))
            let response = try await client.send(OutboundRequest("GET", url))
            for try await _ in response.body { break }
            _ = consume response
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "ended")
            server.shutdown()
        }
        await client.shutdown()
    }

    @Test func shutdownDoesNotWaitForAClientThatDoesNotRead() async throws {
        let (events, continuation) = AsyncStream<String>.makeStream()
        try await withServer(respond: { _ in Self.endless(continuation) }) { fixture in
            let connection = try fixture.connect()
            try await connection.send("GET /save HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.receive(until: "aaaa")
            fixture.server.shutdown()
            var iterator = events.makeAsyncIterator()
            #expect(await iterator.next() == "ended")
            connection.close()
        }
    }
}
