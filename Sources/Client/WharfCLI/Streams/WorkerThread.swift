// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Blocking work of the client (a read from the terminal, the loop that pumps an attached connection) gets a thread
// of its own, so that the two threads of the concurrency runtime stay free for the API.

import Glibc
import WharfLinux

/// Threads that do one thing and end.
enum WorkerThread {
    private final class Box {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread; nobody waits for it.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SyscallError) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body))
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SyscallError("pthread_create", errno: code)
        }
        pthread_detach(thread)
    }

    /// Runs blocking work on a thread of its own and waits for its result without blocking.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try start { continuation.resume(with: Result { try body() }) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
