// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One thread that waits for all shims: sockets with replies and news, pidfds of shims that end. It reads without blocking,
// resumes who waits, and does nothing slow itself. NIO has no pidfds and no descriptor passing, and the cooperative pool
// has two threads; so this is a loop of its own.

import Synchronization
import WharfBlocking
import WharfError
import WharfLinux

/// An epoll loop on a thread of its own.
final class ShimReactor: Sendable {
    /// Called on the reactor's thread with what happened; must not block.
    typealias Handler = @Sendable (Epoll.Events) -> Void

    private struct Table {
        var nextToken: UInt64 = 1
        var handlers: [UInt64: Handler] = [:]
    }
    private let epoll: Epoll
    private let table = Mutex(Table())
    /// Closing the far end wakes the loop for its end.
    private let wake: (near: Descriptor, far: Descriptor)
    private static let wakeToken: UInt64 = 0

    /// Starts the thread.
    init() throws(SyscallError) {
        epoll = try Epoll()
        wake = try UnixSocket.pair(nonBlocking: true)
        try epoll.add(wake.near, .readable, token: Self.wakeToken)
        try WorkerThread.start("wharf-shims") { [self] in loop() }
    }

    /// Ends the thread; handlers are not called any more. Shims go on.
    func stop() { wake.far.close() }

    /// Watches a descriptor. - Returns: the token for `modify` and `remove`.
    func add(_ descriptor: Descriptor, _ events: Epoll.Events, _ handler: @escaping Handler) throws(SyscallError) -> UInt64 {
        let token = table.withLock { table in
            defer { table.nextToken += 1 }
            table.handlers[table.nextToken] = handler
            return table.nextToken
        }
        do { try epoll.add(descriptor, events, token: token) } catch {
            table.withLock { $0.handlers[token] = nil }
            throw error
        }
        return token
    }

    /// Changes what a descriptor is watched for. One that was removed meanwhile is left alone.
    func modify(_ descriptor: Descriptor, _ events: Epoll.Events, token: UInt64) {
        // ENOENT and EBADF: the connection was closed by another thread, which is what its handler will see.
        try? epoll.modify(descriptor, events, token: token)
    }

    /// Stops watching. The handler may be running on the reactor's thread right now, for the last time.
    func remove(_ descriptor: Descriptor, token: UInt64) {
        table.withLock { $0.handlers[token] = nil }
        // ENOENT and EBADF: it is out of the set already.
        try? epoll.remove(descriptor)
    }

    private func loop() {
        while true {
            // epoll_wait fails only for a bad set or address; without it no shim can be heard.
            guard let reports = try? epoll.wait() else {
                return
            }
            for report in reports {
                if report.token == Self.wakeToken { return }
                // Looked up for each report: an earlier one of this batch may have removed it.
                let handler = table.withLock { $0.handlers[report.token] }
                handler?(report.events)
            }
        }
    }
}
