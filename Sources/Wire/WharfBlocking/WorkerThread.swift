// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A thread of its own for one piece of blocking work. Used where a pool would be wrong: work that may hang for ever, that
// changes the thread's namespaces, or that watches the pools themselves.

import Glibc
public import WharfLinux

/// Starts detached kernel threads that end with their closure.
public enum WorkerThread {
    private final class Box {
        let name: String
        let body: @Sendable () -> Void
        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread with all signals blocked (signals are for the threads that wait for them).
    ///
    /// - Parameter name: at most 15 bytes, shown in /proc/self/task/N/comm.
    /// - Throws: EAGAIN when the process may not have another thread.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SyscallError) {
        let box = Unmanaged.passRetained(Box(name, body))
        var thread = pthread_t()
        var all = sigset_t()
        var old = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_SETMASK, &all, &old)
        let status = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                let box = Unmanaged<Box>.fromOpaque(argument).takeRetainedValue()
                nameThread(box.name)
                box.body()
                return nil
            }, box.toOpaque())
        pthread_sigmask(SIG_SETMASK, &old, nil)
        guard status == 0 else {
            box.release()
            throw SyscallError("pthread_create", name, errno: status)
        }
        pthread_detach(thread)
    }
}
