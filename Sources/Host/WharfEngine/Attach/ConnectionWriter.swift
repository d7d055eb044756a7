// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What little the daemon itself writes to a hijacked connection (old log lines, the reason why an exec did not start)
// before the shim has it, or instead of it. Never blocks a thread; a client that takes nothing is given up.

import WharfBlocking
import WharfError
import WharfLinux

/// Writes to one hijacked connection.
struct ConnectionWriter: Sendable {
    let connection: Descriptor
    let reactor: ShimReactor
    /// How long a client may take nothing.
    var patience = Duration.seconds(60)

    /// Writes all bytes, in the client's pace.
    ///
    /// - Throws: `SyscallError` when the client is gone, `deadlineExceeded` when it takes nothing.
    func write(_ bytes: [UInt8]) async throws {
        var sent = 0
        while sent < bytes.count {
            let count = try bytes.withUnsafeBytes { buffer in
                try UnixSocket.send(UnsafeRawBufferPointer(rebasing: buffer[sent...]), to: connection, nonBlocking: true)
            }
            if let count { sent += count } else { try await writable() }
        }
    }

    private func writable() async throws {
        let ready = OneShot<Void>()
        let token = try reactor.add(connection, [.writable, .hangUp]) { _ in ready.deliver(.success(())) }
        defer { reactor.remove(connection, token: token) }
        let alarm = Alarm(after: patience) { ready.deliver(.failure(WharfError(.deadlineExceeded, "the client takes nothing"))) }
        defer { alarm.cancel() }
        try await ready.value()
    }
}
