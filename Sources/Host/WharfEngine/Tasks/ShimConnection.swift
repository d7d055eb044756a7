// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One conversation with one shim: requests with their replies, news, and the end. Sending never blocks (what the socket
// doesn't take waits here until the reactor can send it), so a shim that was stopped by a signal delays only those who ask it.

import Glibc
import Synchronization
import WharfBlocking
import WharfLinux
import WharfShimProtocol

/// A connected, introduced socket to a shim.
final class ShimConnection: Sendable {
    private struct State {
        var token: UInt64 = 0
        var outbox = FrameOutbox()
        var watchesWritable = false
        var nextRequest: UInt64 = 1
        var pending: [UInt64: OneShot<ShimReply>] = [:]
        var closed: TaskFailure?
        /// 0 before its hello.
        var peerVersion: UInt32 = 0
    }
    /// Bytes that may wait for a shim that doesn't read.
    private static let outboxLimit = 16 << 20

    let containerID: String
    private let socket: Descriptor
    private let reactor: ShimReactor
    private let state = Mutex(State())
    /// Only the reactor's thread uses it; the lock is for the compiler.
    private let reader = Mutex(FrameReader())
    private let greeting = OneShot<Hello>()
    private let onEvent: @Sendable (ShimEvent) -> Void
    private let onClose: @Sendable () -> Void

    /// - Parameters:
    ///   - onEvent: called on the reactor's thread for each piece of news, in order.
    ///   - onClose: called once, on the reactor's thread or in `close`, behind the last event.
    init(
        _ socket: Descriptor, containerID: String, reactor: ShimReactor, onEvent: @escaping @Sendable (ShimEvent) -> Void,
        onClose: @escaping @Sendable () -> Void
    ) {
        self.socket = socket
        self.containerID = containerID
        self.reactor = reactor
        self.onEvent = onEvent
        self.onClose = onClose
    }

    /// Begins to read and says hello. - Parameter bootID: this boot's; a shim of another one is refused.
    func open(bootID: String) throws(SyscallError) {
        try socket.setNonBlocking(true)
        // Held over `add`: a handler that runs at once must find the token.
        try state.withLock { state throws(SyscallError) in
            state.token = try reactor.add(socket, .readable) { [weak self] events in self?.ready(events) }
        }
        let hello = Hello(containerID: containerID, bootID: bootID, processID: getpid())
        send(ShimMessage.hello(hello).frame())
    }

    /// Waits for the shim's own introduction.
    ///
    /// - Throws: `TaskFailure` with the step `hello`: none in time, another container's, another boot's.
    func introduction(bootID: String, deadline: Duration) async throws -> Hello {
        let id = containerID
        let alarm = Alarm(after: deadline) { [greeting] in
            greeting.deliver(
                .failure(TaskFailure(step: "hello", errno: ETIMEDOUT, text: "the shim of \(id) gave no sign within \(deadline)")))
        }
        defer { alarm.cancel() }
        let hello = try await greeting.value()
        guard hello.containerID.utf8.elementsEqual(id.utf8), hello.bootID.utf8.elementsEqual(bootID.utf8) else {
            throw TaskFailure(step: "hello", errno: EPROTO, text: "the shim of \(id) introduced itself as another one")
        }
        return hello
    }

    /// Asks and waits for the answer.
    ///
    /// - Parameter descriptors: ride with the request; they stay open here until the caller drops them.
    /// - Throws: `TaskFailure`: the shim's own, `timeout` at the deadline, `shim` when it is gone.
    func request(_ request: ShimRequest, descriptors: [Descriptor] = [], deadline: Duration) async throws -> ShimReply {
        let reply = OneShot<ShimReply>()
        let (number, failure) = state.withLock { state -> (UInt64, TaskFailure?) in
            if let closed = state.closed { return (0, closed) }
            guard state.outbox.byteCount < Self.outboxLimit else {
                return (0, TaskFailure(step: "timeout", errno: EAGAIN, text: "the shim of \(containerID) does not read its requests"))
            }
            defer { state.nextRequest += 1 }
            state.pending[state.nextRequest] = reply
            return (state.nextRequest, nil)
        }
        if let failure { throw failure }
        defer { state.withLock { $0.pending[number] = nil } }
        let id = containerID
        let alarm = Alarm(after: deadline) {
            reply.deliver(
                .failure(TaskFailure(step: "timeout", errno: ETIMEDOUT, text: "the shim of \(id) did not answer within \(deadline)")))
        }
        defer { alarm.cancel() }
        send(ShimMessage.request(request).frame(id: number, descriptors: descriptors))
        let answer = try await reply.value()
        if case .failure(let failure) = answer { throw TaskFailure(step: failure.step, errno: failure.errno, text: failure.text) }
        return answer
    }

    /// Sends a request whose answer makes no difference. A shim that does not get it is told again by the next daemon.
    func tell(_ request: ShimRequest) {
        let number = state.withLock { state in
            defer { state.nextRequest += 1 }
            return state.nextRequest
        }
        send(ShimMessage.request(request).frame(id: number))
    }

    /// What the shim said that it speaks; 0 before it has.
    var peerVersion: UInt32 { state.withLock { $0.peerVersion } }

    /// Ends the conversation: who waits gets `reason`.
    func close(_ reason: TaskFailure) { finish(reason) }

    /// Reads what the socket still holds, then ends: for a shim whose process has ended. On the reactor's thread.
    func drain(_ reason: TaskFailure) {
        _ = read(limit: .max)
        finish(reason)
    }

    // MARK: on the reactor's thread

    private func ready(_ events: Epoll.Events) {
        if events.contains(.writable) { flush() }
        // A bounded number of reads: a talkative shim waits for its next turn.
        if let reason = read(limit: 16) { finish(reason) }
    }

    /// - Returns: why the conversation is over, nil when it goes on.
    private func read(limit: Int) -> TaskFailure? {
        var rounds = 0
        while rounds < limit {
            rounds += 1
            do {
                let (fill, frames) = try reader.withLock { reader throws -> (FrameReader.Fill, [Frame]) in
                    let fill = try reader.fill(from: socket)
                    var frames: [Frame] = []
                    while let frame = try reader.next() { frames.append(frame) }
                    return (fill, frames)
                }
                for frame in frames { take(try ShimMessage(frame), id: frame.id) }
                switch fill {
                case .received: continue
                case .wouldBlock: return nil
                case .end: return Self.gone(containerID)
                }
            } catch let error as ShimProtocolError {
                return TaskFailure(step: "shim", errno: EPROTO, text: "the shim of \(containerID) broke the protocol: \(error)")
            } catch {
                return Self.gone(containerID)
            }
        }
        return nil
    }

    private func take(_ message: ShimMessage, id: UInt64) {
        switch message {
        case .hello(let hello):
            state.withLock { $0.peerVersion = hello.version }
            greeting.deliver(.success(hello))
        case .reply(let reply): state.withLock { $0.pending[id] }?.deliver(.success(reply))
        case .event(let event): onEvent(event)
        // News of a newer shim is skipped; a shim asks nothing.
        case .unknown, .request: break
        }
    }

    // MARK: any thread

    private func send(_ frame: Frame) {
        state.withLock { $0.outbox.append(frame) }
        flush()
    }

    private func flush() {
        state.withLock { state in
            guard state.closed == nil else { return }
            // An error here (EPIPE) is the end that the reactor is about to read.
            let empty = (try? state.outbox.flush(to: socket)) ?? true
            if empty == state.watchesWritable {
                state.watchesWritable = !empty
                reactor.modify(socket, empty ? .readable : [.readable, .writable], token: state.token)
            }
        }
    }

    private func finish(_ reason: TaskFailure) {
        let (pending, token) = state.withLock { state -> ([OneShot<ShimReply>]?, UInt64) in
            guard state.closed == nil else { return (nil, 0) }
            state.closed = reason
            state.outbox = FrameOutbox()
            defer { state.pending = [:] }
            return (Array(state.pending.values), state.token)
        }
        guard let pending else { return }
        reactor.remove(socket, token: token)
        greeting.deliver(.failure(reason))
        for reply in pending { reply.deliver(.failure(reason)) }
        onClose()
    }

    static func gone(_ id: String) -> TaskFailure {
        TaskFailure(step: "shim", errno: ESRCH, text: "the shim of container \(id) is gone")
    }
}
