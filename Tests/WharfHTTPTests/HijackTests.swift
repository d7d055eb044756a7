// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Connections that leave HTTP: behind any request, with every byte that was sent, and without a trace when dropped.

import Glibc
import NIOPosix
import Synchronization
import Testing
import WharfHTTP
import WharfLinux

/// The other side of a hijacked connection: collects everything until the client half-closes, then answers it reversed.
private func reverse(_ connection: HijackedConnection) async {
    do {
        try await blocking {
            try connection.descriptor.setNonBlocking(false)
            var bytes = connection.initialBytes
            var buffer = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = try buffer.withUnsafeMutableBytes { try connection.descriptor.read(into: $0) }
                if count == 0 { break }
                bytes += buffer[..<count]
            }
            try UnixSocket.sendAll(Array(bytes.reversed()), to: connection.descriptor)
            connection.descriptor.close()
        }
    } catch let error as SyscallError where error.errno == EPIPE || error.errno == ECONNRESET {
        // The client is gone.
    } catch {
        Issue.record("\(error)")
    }
}

private let hijacking: HTTPResponder = { request in
    switch request.path.first {
    case "attach": return .hijack(request, contentType: "application/vnd.docker.raw-stream", reverse)
    case "exec":
        let body = (try? await request.body.collect(upTo: 1000)) ?? []
        return .hijack(request, contentType: "application/vnd.docker.raw-stream") { connection in
            await reverse(HijackedConnection(descriptor: connection.descriptor, initialBytes: body + connection.initialBytes))
        }
    case "missing": return HTTPResponse(404, content: .bytes(Array("no such container".utf8)))
    default: return text("pong")
    }
}

private let upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n"

@Suite(.timeLimit(.minutes(1))) struct HijackTests {
    @Test func onTheSecondRequestOfAConnection() async throws {
        try await withServer(respond: hijacking) { fixture in
            let connection = try fixture.connect()
            try await connection.send("GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
            _ = try await connection.receive(until: "pong")
            try await connection.send("POST /attach HTTP/1.1\r\nHost: x\r\n\(upgrade)\r\n")
            let head = try await connection.receive(until: "\r\n\r\n")
            #expect(
                head
                    == "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
            )
            try await connection.send("abc")
            try await connection.send("def")
            connection.halfClose()
            #expect(try await connection.receiveAll() == "fedcba")
        }
    }

    @Test(arguments: [upgrade, ""]) func keepsBytesBehindTheHeadAndAnEarlyHalfClose(_ fields: String) async throws {
        try await withServer(respond: hijacking) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /attach HTTP/1.1\r\nHost: x\r\n\(fields)\r\nGET / HTTP/1.1\r\n\r\n")
            connection.halfClose()
            let head = try await connection.receive(until: "\r\n\r\n")
            #expect(head.hasPrefix(fields.isEmpty ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 101 UPGRADED\r\n"))
            #expect(try await connection.receiveAll() == string("GET / HTTP/1.1\r\n\r\n".utf8.reversed()))
        }
    }

    @Test(arguments: [upgrade, ""]) func keepsLargeInputBehindTheHead(_ fields: String) async throws {
        let input = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
        try await withServer(respond: hijacking) { fixture in
            let connection = try fixture.connect()
            try await connection.send(Array("POST /attach HTTP/1.1\r\nHost: x\r\n\(fields)\r\n".utf8) + input)
            connection.halfClose()
            _ = try await connection.receive(until: "\r\n\r\n")
            let output = try await blocking {
                var bytes: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 65536)
                while case let count = recv(connection.socket.raw, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
                return bytes
            }
            #expect(output.count == input.count)
            #expect(output.elementsEqual(input.reversed()))
        }
    }

    @Test(arguments: [upgrade, ""]) func aJSONBodyComesFirst(_ fields: String) async throws {
        try await withServer(respond: hijacking) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /exec HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\(fields)\r\n{12}raw")
            _ = try await connection.receive(until: "\r\n\r\n")
            connection.halfClose()
            #expect(try await connection.receiveAll() == "war}21{")
        }
    }

    @Test func aDeclinedUpgradeClosesTheConnection() async throws {
        try await withServer(respond: hijacking) { fixture in
            let connection = try fixture.connect()
            try await connection.send("POST /missing HTTP/1.1\r\nHost: x\r\n\(upgrade)\r\n")
            let answer = try await connection.receiveAll()
            #expect(answer.hasPrefix("HTTP/1.1 404 Not Found\r\n"))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
            #expect(answer.hasSuffix("no such container"))
        }
    }

    @Test func throughTheClient() async throws {
        try await withServer(respond: hijacking) { fixture in
            guard case .switched(let status, let headers, let raw) = try await fixture.client.hijack(HTTPClientRequest("POST", "/attach"))
            else {
                Issue.record("not switched")
                return
            }
            #expect(status == 101)
            #expect(headers["Content-Type"] == "application/vnd.docker.raw-stream")
            let answer = try await blocking {
                try raw.descriptor.setNonBlocking(false)
                try UnixSocket.sendAll(Array("hello".utf8), to: raw.descriptor)
                shutdown(raw.descriptor.raw, Int32(SHUT_WR))
                return raw.initialBytes + (try raw.descriptor.readAll(limit: 100))
            }
            #expect(string(answer) == "olleh")
            guard case .declined(let response) = try await fixture.client.hijack(HTTPClientRequest("POST", "/missing")) else {
                Issue.record("not declined")
                return
            }
            #expect(response.status == 404)
            #expect(string(try await response.body.collect(upTo: 100)) == "no such container")
        }
    }

    @Test func theClientKeepsBytesBehindTheHead() async throws {
        let respond: HTTPResponder = { request in
            .hijack(request, contentType: "text/plain") { connection in
                _ = try? await blocking { try UnixSocket.sendAll(Array("at once\r\n\r\n".utf8), to: connection.descriptor) }
            }
        }
        try await withServer(respond: respond) { fixture in
            for _ in 0..<50 {
                guard case .switched(_, _, let raw) = try await fixture.client.hijack(HTTPClientRequest("POST", "/")) else {
                    Issue.record("not switched")
                    return
                }
                let rest = try await blocking {
                    try raw.descriptor.setNonBlocking(false)
                    return try raw.descriptor.readAll(limit: 100)
                }
                #expect(string(raw.initialBytes + rest) == "at once\r\n\r\n")
            }
        }
    }

    /// EN-16: clients that vanish at every moment of an attach leave no descriptor behind.
    @Test func droppedConnectionsLeaveNothing() async throws {
        try await withServer(respond: hijacking) { fixture in
            try await Self.dropMany(20, fixture)
            let before = try Self.openSockets()
            try await Self.dropMany(300, fixture)
            // The last ones may still be on their way out: each ping passes through the same loop and executor.
            for _ in 0..<2000 where try Self.openSockets() > before {
                _ = try await fixture.client.send(HTTPClientRequest("GET", "/_ping")).body.collect(upTo: 10)
            }
            #expect(try Self.openSockets() <= before)
        }
    }

    private static func dropMany(_ count: Int, _ fixture: ServerFixture) async throws {
        for number in 0..<count {
            let connection = try fixture.connect()
            let request = "POST /attach HTTP/1.1\r\nHost: x\r\n\(upgrade)\r\n"
            switch number % 3 {
            case 0: try await connection.send(String(request.prefix(30)))
            case 1: try await connection.send(request)
            default:
                try await connection.send(request + "abc")
                _ = try await connection.receive(until: "\r\n\r\n")
            }
            connection.close()
        }
    }

    /// Sockets of this process that are connected to the test's name, or to nothing any more.
    private static func openSockets() throws -> Int {
        try HostPath("/proc/self/fd").entries().count
    }
}
