// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a probe printed: the first 4096 bytes of both streams, the rest read and dropped so that the probe is never stopped
// by a full connection.

import Synchronization
import WharfLinux

/// The engine's end of a probe's connection.
final class HealthOutput: Sendable {
    /// Docker's limit.
    static let limit = 4096

    private struct State {
        var bytes: [UInt8] = []
        var isCut = false
        var isOver = false
    }

    private let state = Mutex(State())
    private let near: Descriptor
    private let reactor: ShimReactor
    private let token: UInt64
    /// The shim's end; it rides with the request.
    let far: Descriptor

    init(_ reactor: ShimReactor) throws(SyscallError) {
        self.reactor = reactor
        let (near, far) = try UnixSocket.pair()
        try near.setNonBlocking(true)
        (self.near, self.far) = (near, far)
        let handler = HandlerBox()
        token = try reactor.add(near, .readable) { _ in handler.call() }
        handler.set { [weak self] in self?.read() }
    }

    deinit { reactor.remove(near, token: token) }

    /// All that has come, in words that fit into JSON; what was too much is three dots.
    func text() -> String {
        read()
        return state.withLock { String(decoding: $0.bytes, as: UTF8.self) + ($0.isCut ? "..." : "") }
    }

    private func read() {
        state.withLock { state in
            withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 16) { buffer in
                while !state.isOver {
                    // Nothing there now, or the connection is broken: either way there is nothing to take.
                    guard let count = try? near.read(into: buffer) else { return }
                    if count == 0 {
                        state.isOver = true
                        // The end stays readable for ever.
                        return reactor.remove(near, token: token)
                    }
                    let room = Self.limit - state.bytes.count
                    state.bytes += buffer.prefix(min(count, room))
                    if count > room { state.isCut = true }
                }
            }
        }
    }

    /// The reactor may call before `self` is whole.
    private final class HandlerBox: Sendable {
        private let body = Mutex<(@Sendable () -> Void)?>(nil)

        func set(_ body: @escaping @Sendable () -> Void) { self.body.withLock { $0 = body } }

        func call() { body.withLock { $0 }?() }
    }
}
