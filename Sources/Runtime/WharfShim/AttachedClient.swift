// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One client of a process's streams: output is framed and queued for it, its input is read and scanned for detach keys.
// It belongs to `ProcessStreams`, which decides what is read and when.

import WharfLinux
import WharfLogs
import WharfShimProtocol

/// An attached connection.
final class AttachedClient {
    /// What the owner does about this client.
    struct Actions {
        /// Input to pass on, detach keys taken out.
        var input: (AttachedClient, [UInt8]) -> Void
        /// No more input will come.
        var inputEnded: (AttachedClient) -> Void
        /// The detach keys were typed.
        var detached: (AttachedClient) -> Void
        /// The connection is of no more use.
        var died: (AttachedClient) -> Void
        /// The backlog shrank.
        var drained: (AttachedClient) -> Void
    }

    /// How much a client may read at once; also how much input waits in the shim.
    private static let inputSize = 4096

    let request: AttachRequest
    private let connection: Descriptor
    private let actions: Actions
    private var watch: Watch?
    private var outgoing: [UInt8] = []
    private var sent = 0
    private var keys: DetachKeys
    private var readsInput: Bool
    private var inputPaused = false
    private var isEnding = false
    private var isDead = false

    /// Takes the connection over. `hasInput` says whether the process takes input at all.
    init(_ connection: Descriptor, _ request: AttachRequest, hasInput: Bool, actions: Actions) {
        (self.connection, self.request, self.actions) = (connection, request, actions)
        keys = DetachKeys(request.detachKeys)
        readsInput = request.stdin && hasInput
    }

    /// Begins to listen.
    func open(in loop: EventLoop) throws(SyscallError) {
        try connection.setNonBlocking(true)
        watch = try loop.watch(connection, wanted) { [weak self] in self?.handle($0) }
    }

    /// Bytes that the client has not taken yet.
    var backlog: Int { outgoing.count - sent }

    /// Queues a piece of output if the client wants this stream.
    func deliver(_ stream: LogStream, _ bytes: UnsafeRawBufferPointer) {
        guard stream == .stdout ? request.stdout : request.stderr, !isEnding, !isDead else { return }
        if request.framing == .multiplexed {
            StreamFraming.appendHeader(stream == .stdout ? .stdout : .stderr, count: bytes.count, to: &outgoing)
        }
        outgoing += bytes
        flush()
    }

    /// Input is not read while the process takes none.
    func pauseInput(_ paused: Bool) {
        inputPaused = paused
        update()
    }

    /// Ends the connection once everything has been sent. Input is no longer read.
    func end() {
        isEnding = true
        readsInput = false
        flush()
    }

    /// Lets go of the connection at once. The end is told by name, because wharfd may hold the socket too.
    func close() {
        isDead = true
        watch?.cancel()
        watch = nil
        // A peer that is gone needs no telling.
        try? UnixSocket.shutdownWriting(connection)
        connection.close()
    }

    private var wanted: Epoll.Events {
        var events: Epoll.Events = []
        if readsInput, !inputPaused { events.insert(.readable) }
        if backlog > 0 { events.insert(.writable) }
        return events
    }

    private func update() { watch?.change(to: wanted) }

    private func handle(_ events: Epoll.Events) {
        if events.contains(.writable) { flush() }
        if isDead { return }
        if readsInput, !inputPaused, !events.isDisjoint(with: [.readable, .hangUp, .error]) {
            read()
        } else if !events.isDisjoint(with: [.hangUp, .error]) {
            // Both directions are closed. Input that still waits behind a pause is lost with the client, as its owner
            // can't be told anything any more.
            if readsInput { inputEnded() }
            if !isDead { die() }
        }
    }

    private func read() {
        var input: [UInt8] = []
        do throws(SyscallError) {
            let count = try withUnsafeTemporaryAllocation(byteCount: Self.inputSize, alignment: 16) { buffer throws(SyscallError) in
                let count = try connection.read(into: buffer)
                input = Array(buffer.prefix(count))
                return count
            }
            if count == 0 { inputEnded() } else { take(input) }
        } catch {
            if !error.isWouldBlock { die() }
        }
    }

    /// Input from the connection, or what was read ahead of it.
    func take(_ input: [UInt8]) {
        guard readsInput else { return }
        let (passed, isComplete) = keys.scan(input)
        if !passed.isEmpty { actions.input(self, passed) }
        if isComplete { actions.detached(self) }
    }

    private func inputEnded() {
        readsInput = false
        let held = keys.rest()
        if !held.isEmpty { actions.input(self, held) }
        update()
        actions.inputEnded(self)
    }

    private func flush() {
        let before = backlog
        do throws(SyscallError) {
            while backlog > 0 {
                let start = sent
                let count = try outgoing.withUnsafeBufferPointer { bytes throws(SyscallError) in
                    try UnixSocket.send(
                        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...]), to: connection, nonBlocking: true)
                }
                guard let count else { break }
                sent += count
            }
        } catch {
            return die()
        }
        if backlog == 0 {
            (outgoing, sent) = ([], 0)
            if isEnding { return die() }
        } else if sent > 256 << 10 {
            outgoing.removeFirst(sent)
            sent = 0
        }
        update()
        if backlog < before { actions.drained(self) }
    }

    private func die() {
        guard !isDead else { return }
        // What the client sent and nobody read would turn the end of a connection into a reset.
        while let count = try? withUnsafeTemporaryAllocation(
            byteCount: Self.inputSize, alignment: 16, { buffer throws(SyscallError) in try connection.read(into: buffer) }), count > 0
        {}
        close()
        actions.died(self)
    }
}

extension SyscallError {
    /// A non-blocking call found nothing to do.
    var isWouldBlock: Bool { errno == 11 }
}
