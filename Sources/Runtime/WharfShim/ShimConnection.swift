// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One daemon's connection. Several may be there at once (an old daemon on its way out, a new one adopting); each
// introduces itself first, and each introduced one hears all news.

import Glibc
import WharfLinux
import WharfShimProtocol

/// A connection of the protocol, on the shim's side.
final class ShimConnection {
    /// News that a daemon does not read pile up only this far.
    private static let longestOutbox = 1 << 20

    private let socket: Descriptor
    private unowned let shim: Shim
    private var watch: Watch?
    private var reader = FrameReader()
    private var outbox = FrameOutbox()
    /// The peer has said hello.
    private(set) var isIntroduced = false
    /// The peer says when it has written an exit down.
    private(set) var acknowledges = false

    /// Takes the socket over and says hello.
    init(_ socket: Descriptor, _ shim: Shim, in loop: EventLoop) throws(SyscallError) {
        (self.socket, self.shim) = (socket, shim)
        try socket.setNonBlocking(true)
        watch = try loop.watch(socket, .readable) { [unowned self] in handle($0) }
        send(.hello(shim.hello))
    }

    var isOpen: Bool { watch != nil }

    func send(_ message: ShimMessage, id: UInt64 = 0) {
        guard isOpen else { return }
        outbox.append(message.frame(id: id))
        flush()
    }

    func reply(_ reply: ShimReply, to id: UInt64) { send(.reply(reply), id: id) }

    func close() {
        guard isOpen else { return }
        watch?.cancel()
        watch = nil
        socket.close()
        shim.connectionClosed(self)
    }

    private func handle(_ events: Epoll.Events) {
        if events.contains(.writable) { flush() }
        if isOpen, !events.isDisjoint(with: [.readable, .hangUp, .error]) { receive() }
    }

    private func receive() {
        do {
            let fill = try reader.fill(from: socket)
            while isOpen, let frame = try reader.next() { try take(frame) }
            if fill == .end { close() }
        } catch {
            // Bytes that make no sense leave nothing to answer to.
            close()
        }
    }

    private func take(_ frame: Frame) throws(ShimProtocolError) {
        let message = try ShimMessage(frame)
        guard isIntroduced else {
            guard case .hello(let hello) = message, hello.containerID.utf8.elementsEqual(shim.hello.containerID.utf8) else {
                throw .notIntroduced
            }
            isIntroduced = true
            acknowledges = hello.version >= ShimProtocol.acknowledgingVersion
            return
        }
        switch message {
        case .request(let request): shim.handle(request, id: frame.id, frame.descriptors, from: self)
        case .unknown(let kind):
            reply(.failure(ShimFailure(step: "request", errno: ENOSYS, text: "request \(kind) is not known to this shim")), to: frame.id)
        case .hello, .reply, .event: break
        }
    }

    private func flush() {
        do throws(SyscallError) {
            let isEmpty = try outbox.flush(to: socket)
            if outbox.byteCount > Self.longestOutbox { return close() }
            watch?.change(to: isEmpty ? .readable : [.readable, .writable])
        } catch {
            close()
        }
    }
}
