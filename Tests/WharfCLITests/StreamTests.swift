// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Attached connections: taking streams apart, and the loop that pumps, against the other end of a socket pair.

import Synchronization
import Testing
import WharfLinux
import WharfTestKit

@testable import WharfCLI

@Suite struct StreamTests {
    private static func frame(_ stream: UInt8, _ text: String) -> [UInt8] {
        [stream, 0, 0, 0, 0, 0, 0, UInt8(text.utf8.count)] + Array(text.utf8)
    }

    @Test func framesMayBeCutAnywhere() throws {
        let bytes = Self.frame(1, "out") + Self.frame(2, "err") + Self.frame(1, "") + Self.frame(1, "more")
        for size in 1...bytes.count {
            var demultiplexer = Demultiplexer()
            var (out, err) = ("", "")
            for start in stride(from: 0, to: bytes.count, by: size) {
                try demultiplexer.feed(bytes[start..<min(start + size, bytes.count)]) { output, piece in
                    let text = String(decoding: piece, as: UTF8.self)
                    if output == .error { err += text } else { out += text }
                }
            }
            #expect(out == "outmore" && err == "err")
        }
    }

    @Test func theDaemonsErrorAndUnframedBytesAreErrors() {
        var one = Demultiplexer()
        #expect(throws: Demultiplexer.StreamError.self) { try one.feed(Self.frame(3, "broken")[...]) { _, _ in } }
        var two = Demultiplexer()
        #expect(throws: Demultiplexer.StreamError.self) { try two.feed(Array("plain text".utf8)[...]) { _, _ in } }
    }

    @Test func theLoopShowsWhatComesAndEndsWithTheConnection() async throws {
        let (near, far) = try UnixSocket.pair()
        let shown = Mutex<[UInt8]>([])
        let console = Console(write: { _, bytes in shown.withLock { $0 += bytes } }, environment: { _ in nil })
        let loop = StreamLoop(
            connection: HijackedConnection(descriptor: near, initialBytes: Self.frame(1, "early ")), sendsInput: false, printsOutput: true,
            isRaw: false, detachKeys: nil, console: console)
        async let end = WorkerThread.run { try loop.run() }
        try far.writeAll(Self.frame(2, "late"))
        far.close()
        #expect(try await end == .closed)
        #expect(shown.withLock { $0 } == Array("early late".utf8))
    }
}
