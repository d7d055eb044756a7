// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Work inside somebody else's namespaces. A thread that entered one must never go back to a pool: it is made for the work
// and ends with it.

import WharfLinux

/// Runs one piece of blocking work in given namespaces of this host.
public enum NamespaceThread {
    /// Starts a thread, enters the namespaces, runs the work there, ends the thread.
    ///
    /// - Parameters:
    ///   - enter: enters the namespaces (`setns` or `unshare`) on the new thread. It must not enter a user namespace: a
    ///     threaded process can't.
    ///   - body: the work; what it opens (a netlink socket) stays valid on other threads afterwards.
    public static func run<Result: Sendable>(
        enter: @escaping @Sendable () throws -> Void, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        let once = OneShot<Result>()
        try WorkerThread.start("wharf-ns") {
            once.deliver(
                Swift.Result {
                    try enter()
                    return try body()
                })
        }
        return try await once.value(cancellable: false)
    }
}
