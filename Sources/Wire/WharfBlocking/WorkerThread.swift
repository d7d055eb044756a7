// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A thread of its own for one piece of blocking work. Used where a pool would be wrong: work that may hang for ever, that
// changes the thread's namespaces, or that watches the pools themselves.

public import WharfLinux

/// Starts detached kernel threads that end with their closure.
public enum WorkerThread {
    /// Starts a thread with all signals blocked (signals are for the threads that wait for them).
    ///
    /// - Parameter name: at most 15 bytes, shown in /proc/self/task/N/comm.
    /// - Throws: EAGAIN when the process may not have another thread.
    public static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(SyscallError) {
        try JoinableThread(name, body).detach()
    }
}
