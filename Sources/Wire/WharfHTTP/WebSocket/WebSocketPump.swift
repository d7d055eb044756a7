// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Between a WebSocket and somebody who speaks plain bytes: one end of a socket pair is theirs, the other is pumped here by two
// threads, one for each direction. They end when either side does.

import Synchronization
import WharfError
import WharfLinux

/// Pumps one connection.
final class WebSocketPump: Sendable {
    private let client: Descriptor
    private let inner: Descriptor
    /// Text or binary.
    private let kind: WebSocketOpcode
    /// One frame at a time.
    private let sending = Mutex(())

    private init(client: Descriptor, inner: Descriptor, kind: WebSocketOpcode) {
        self.client = client
        self.inner = inner
        self.kind = kind
    }

    /// Starts pumping.
    ///
    /// - Returns: the plain side's connection.
    static func start(_ connection: HijackedConnection, kind: WebSocketOpcode) throws(SyscallError) -> HijackedConnection {
        let (ours, theirs) = try UnixSocket.pair(nonBlocking: true)
        try ours.setNonBlocking(false)
        try connection.descriptor.setNonBlocking(false)
        let pump = WebSocketPump(client: connection.descriptor, inner: ours, kind: kind)
        let first = connection.initialBytes
        try JoinableThread("wharf-ws-in") { pump.receive(first) }.detach()
        try JoinableThread("wharf-ws-out") { pump.send() }.detach()
        return HijackedConnection(descriptor: theirs)
    }

    /// From the client to the plain side, to the end of either.
    private func receive(_ first: [UInt8]) {
        var reader = WebSocketReader()
        var bytes = first
        // Whatever ends this, both sides must learn.
        defer {
            UnixSocket.end(.writing, of: inner)
            UnixSocket.end(.reading, of: client)
        }
        do {
            while true {
                for event in try reader.feed(bytes) {
                    switch event {
                    case .data(let data): try write(data, to: inner)
                    case .ping(let payload): try frame(.pong, payload)
                    case .close: return try frame(.close, [])
                    }
                }
                guard let next = try Self.read(client) else {
                    // Gone without a word: nothing more can be told to it.
                    UnixSocket.end(.both, of: inner)
                    return
                }
                bytes = next
            }
        } catch is WebSocketError {
            // 1002, protocol error. A client that does not take it is gone already.
            try? frame(.close, [0x03, 0xEA])
        } catch {
            UnixSocket.end(.both, of: inner)
        }
    }

    /// From the plain side to the client, to the end of either.
    private func send() {
        do {
            while let bytes = try Self.read(inner) { try frame(kind, bytes) }
            // 1000, a normal end.
            try frame(.close, [0x03, 0xE8])
        } catch {
            // The client is gone: the plain side sees its own end.
            UnixSocket.end(.both, of: inner)
        }
        UnixSocket.end(.both, of: client)
    }

    private func frame(_ opcode: WebSocketOpcode, _ payload: [UInt8]) throws {
        try sending.withLock { _ in try write(WebSocketReader.frame(opcode, payload), to: client) }
    }

    private func write(_ bytes: [UInt8], to descriptor: Descriptor) throws {
        var sent = 0
        while sent < bytes.count {
            let count = try bytes.withUnsafeBytes { buffer in
                try UnixSocket.send(UnsafeRawBufferPointer(rebasing: buffer[sent...]), to: descriptor, nonBlocking: false)
            }
            sent += count ?? 0
        }
    }

    /// nil at the end.
    private static func read(_ descriptor: Descriptor) throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 32 << 10)
        let count = try bytes.withUnsafeMutableBytes { try descriptor.read(into: $0) }
        if count == 0 { return nil }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
