// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Pumps an attached connection: keys and pipes to the container, its output back. One thread, poll(2) (which, unlike
// epoll, takes a redirected file as stdin), and no buffer but the one that waits for the socket.

import Glibc
import WharfLinux

/// How an attached connection ended.
enum StreamEnd: Sendable, Equatable {
    /// The daemon closed it: the process has ended, or all its streams have.
    case closed
    /// The user typed the detach keys.
    case detached
}

/// One attached connection. `run` blocks and belongs on a thread of its own.
struct StreamLoop: Sendable {
    let connection: HijackedConnection
    /// Copy stdin to the container.
    let sendsInput: Bool
    /// Print what comes; without it only the end is waited for.
    let printsOutput: Bool
    /// Output is one raw stream; otherwise framed.
    let isRaw: Bool
    /// Watch for these keys in the input.
    let detachKeys: DetachKeys?
    let console: Console

    /// After the detach keys the daemon closes the connection; it is given this long.
    private static let detachGrace: Int32 = 2000

    /// Pumps until the connection ends.
    func run() throws -> StreamEnd {
        let socket = connection.descriptor
        try socket.setNonBlocking(true)
        var demultiplexer = Demultiplexer()
        try show(connection.initialBytes[...], &demultiplexer)
        var watcher = detachKeys.map { DetachWatcher($0) }
        var input = sendsInput ? InputState.open : .none
        var pending: [UInt8] = []
        var isDetaching = false
        while true {
            var entries = [
                pollfd(fd: socket.raw, events: Int16(POLLIN | (pending.isEmpty ? 0 : POLLOUT)), revents: 0),
                pollfd(fd: input == .open && pending.isEmpty ? 0 : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&entries, 2, isDetaching ? Self.detachGrace : -1)
            if ready < 0, errno != EINTR { throw SyscallError("poll", errno: errno) }
            if ready == 0 { return .detached }
            if entries[0].revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 {
                guard let bytes = try receive(socket) else { return isDetaching ? .detached : .closed }
                try show(bytes[...], &demultiplexer)
            }
            if entries[1].revents != 0 {
                if let bytes = readInput() {
                    if watcher?.see(bytes) == true { isDetaching = true }
                    pending = bytes
                } else {
                    input = .ended
                }
            }
            if !pending.isEmpty, try !send(&pending, socket) { input = .none }
            if input == .ended, pending.isEmpty {
                shutdown(socket.raw, Int32(SHUT_WR))
                input = .none
            }
        }
    }

    private enum InputState { case none, open, ended }

    /// What came; empty when nothing did after all, nil at the end.
    private func receive(_ socket: Descriptor) throws -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, used in
            count = recv(socket.raw, buffer.baseAddress, buffer.count, 0)
            used = max(count, 0)
        }
        if count > 0 { return bytes }
        if count == 0 || errno == ECONNRESET { return nil }
        if errno == EAGAIN || errno == EINTR { return [] }
        throw SyscallError("recv", errno: errno)
    }

    /// What was typed or piped; nil at the end. Errors (a terminal that hung up) are an end as well.
    private func readInput() -> [UInt8]? {
        var count = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 32_768) { buffer, used in
            repeat { count = read(0, buffer.baseAddress, buffer.count) } while count < 0 && errno == EINTR
            used = max(count, 0)
        }
        return count > 0 ? bytes : nil
    }

    /// Sends what fits; false when the container takes no more input.
    private func send(_ pending: inout [UInt8], _ socket: Descriptor) throws -> Bool {
        let count = pending.withUnsafeBytes { Glibc.send(socket.raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        if count >= 0 {
            pending.removeFirst(count)
            return true
        }
        if errno == EAGAIN || errno == EINTR { return true }
        pending = []
        guard errno == EPIPE || errno == ECONNRESET else { throw SyscallError("send", errno: errno) }
        return false
    }

    private func show(_ bytes: ArraySlice<UInt8>, _ demultiplexer: inout Demultiplexer) throws {
        guard printsOutput, !bytes.isEmpty else { return }
        if isRaw { return console.write(Array(bytes), to: .standard) }
        try demultiplexer.feed(bytes) { console.write(Array($1), to: $0) }
    }
}
