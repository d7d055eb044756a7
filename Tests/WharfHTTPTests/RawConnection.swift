// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A client that writes bytes as they are given, for everything that a well-behaved client would never send. Blocking
// calls run on NIO's thread pool; a receive time-out of the socket is the deadline.

import Glibc
import NIOPosix
import Testing
import WharfHTTP
import WharfLinux

/// A raw connection to a unix socket.
final class RawConnection: Sendable {
    let socket: Descriptor

    init(directory: Descriptor, name: String) throws {
        socket = try UnixSocket.connect(in: directory, name: name)
        try Self.setDeadline(socket)
    }

    static func setDeadline(_ socket: Descriptor) throws {
        var time = timeval(tv_sec: 20, tv_usec: 0)
        try syscall("setsockopt") { setsockopt(socket.raw, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size)) }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await blocking { try UnixSocket.sendAll(bytes, to: self.socket) }
    }

    func halfClose() { shutdown(socket.raw, Int32(SHUT_WR)) }

    func close() { socket.close() }

    /// Reads until `text` has come (answers everything so far), or the other side has closed.
    func receive(until text: String) async throws -> String {
        try await blocking {
            var bytes: [UInt8] = []
            while let byte = try self.readByte() {
                bytes.append(byte)
                if bytes.count >= text.utf8.count && bytes.suffix(text.utf8.count).elementsEqual(text.utf8) { break }
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Everything until the other side closes.
    func receiveAll() async throws -> String { try await receive(until: "\u{0}never") }

    private func readByte() throws -> UInt8? {
        var byte: UInt8 = 0
        let count = try syscall("recv") { recv(socket.raw, &byte, 1, 0) }
        return count == 0 ? nil : byte
    }
}

/// Enough threads for both sides of every connection of every test at once; NIO's own pool has one per core.
private let threads: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: 64)
    pool.start()
    return pool
}()

/// Runs blocking work off the cooperative threads.
func blocking<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await threads.runIfActive { try work() }
}
