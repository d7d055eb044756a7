// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// WebSocket: the proof, frames in every cut, what no client may send, and a pump between two sockets.

import Glibc
import Testing
import WharfError
import WharfLinux

@testable import WharfHTTP

@Suite struct WebSocketTests {
    /// A client's frame.
    private func frame(_ first: UInt8, _ payload: [UInt8], mask: [UInt8] = [1, 2, 3, 4]) -> [UInt8] {
        var frame: [UInt8] = [first]
        switch payload.count {
        case ..<126: frame.append(0x80 | UInt8(payload.count))
        case ..<65536: frame += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            frame += [0x80 | 127, 0, 0, 0, 0, 0, UInt8(payload.count >> 16), UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
        }
        return frame + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    @Test("hashes and proofs of the specifications")
    func proof() {
        func hex(_ text: String) -> String {
            SHA1.hash(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(hex("") == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(hex("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(hex(String(repeating: "a", count: 119)) == "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56")
        #expect(HTTPResponse.webSocketProof(of: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test("frames mean the same in every cut", arguments: [1, 2, 3, 7, 1000])
    func cuts(_ size: Int) throws {
        let long = [UInt8](repeating: 7, count: 70_000)
        let bytes =
            frame(0x82, Array("one".utf8)) + frame(0x02, Array("tw".utf8)) + frame(0x89, Array("hi".utf8)) + frame(0x80, Array("o".utf8))
            + frame(0x81, [UInt8](repeating: 9, count: 300)) + frame(0x82, long) + frame(0x8A, []) + frame(0x88, [3, 0xE8])
        var reader = WebSocketReader()
        var (data, pings, closes): ([UInt8], [[UInt8]], Int) = ([], [], 0)
        for start in stride(from: 0, to: bytes.count, by: size) {
            for event in try reader.feed(Array(bytes[start..<min(start + size, bytes.count)])) {
                switch event {
                case .data(let piece): data += piece
                case .ping(let payload): pings.append(payload)
                case .close: closes += 1
                }
            }
        }
        #expect(data == Array("onetwo".utf8) + [UInt8](repeating: 9, count: 300) + long)
        #expect(pings == [Array("hi".utf8)] && closes == 1)
    }

    @Test(
        "what no client may send",
        arguments: [
            [0x82, 0x01, 0x41], [0xC2, 0x80, 0, 0, 0, 0], [0x83, 0x80, 0, 0, 0, 0], [0x09, 0x80, 0, 0, 0, 0],
            [0x89, 0xFE, 0, 200, 0, 0, 0, 0],
            [0x82, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ])
    func refusals(_ bytes: [UInt8]) {
        var reader = WebSocketReader()
        #expect(throws: WebSocketError.self) { try reader.feed(bytes) }
    }

    @Test("a server's frames carry their length in the shortest way")
    func frames() {
        #expect(WebSocketReader.frame(.binary, [1]) == [0x82, 1, 1])
        #expect(WebSocketReader.frame(.text, [UInt8](repeating: 0, count: 126)).prefix(4) == [0x81, 126, 0, 126])
        #expect(WebSocketReader.frame(.binary, [UInt8](repeating: 0, count: 65536)).prefix(10) == [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test("the pump carries both directions and the end of each side")
    func pump() throws {
        let (client, theirs) = try UnixSocket.pair(nonBlocking: false)
        let first = frame(0x82, Array("early".utf8))
        let plain = try WebSocketPump.start(HijackedConnection(descriptor: theirs, initialBytes: first), kind: .binary)
        try plain.descriptor.setNonBlocking(false)
        #expect(try read(plain.descriptor, 5) == Array("early".utf8))
        try client.writeAll(frame(0x89, Array("?".utf8)))
        #expect(try read(client, 3) == [0x8A, 1] + Array("?".utf8))
        try plain.descriptor.writeAll(Array("out".utf8))
        #expect(try read(client, 5) == [0x82, 3] + Array("out".utf8))
        // The client closes: the plain side reads its end, may still write, and then the socket ends.
        try client.writeAll(frame(0x88, []))
        #expect(try read(plain.descriptor, 1) == [])
        #expect(try read(client, 2) == [0x88, 0])
        plain.descriptor.close()
        #expect(try read(client, 4) == [0x88, 2, 3, 0xE8])
        #expect(try read(client, 1) == [])
    }

    /// Up to `count` bytes, fewer at the end.
    private func read(_ descriptor: Descriptor, _ count: Int) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var buffer = [UInt8](repeating: 0, count: count - bytes.count)
            let got = try buffer.withUnsafeMutableBytes { try descriptor.read(into: $0) }
            if got == 0 { break }
            bytes += buffer[..<got]
        }
        return bytes
    }
}
