// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A second thread for one piece of work whose end somebody waits for: the other half of a pipeline, a mount in a namespace
// of its own. What the thread wrote is visible to whoever joined it.

import CWharfLinux
import Glibc

/// A thread that runs one closure and is joined, unless it is let go.
public final class JoinableThread {
    private final class Box {
        let name: String
        let body: () -> Void
        init(_ name: String, _ body: @escaping () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private var thread = pthread_t()
    /// Also true where there is no thread: a failed start leaves nothing to wait for.
    private var isJoined = true

    /// Starts a thread with all signals blocked (signals are for the threads that wait for them).
    ///
    /// - Parameters:
    ///   - name: at most 15 bytes, shown in /proc/self/task/N/comm.
    ///   - body: runs beside the caller; what both touch is theirs to guard until `join`.
    /// - Throws: EAGAIN when the process may not have another thread.
    public init(_ name: String, _ body: sending @escaping () -> Void) throws(SyscallError) {
        let box = Unmanaged.passRetained(Box(name, body))
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
        isJoined = false
    }

    /// Waits for the thread's end. A second call does nothing.
    public func join() {
        guard !isJoined else { return }
        isJoined = true
        pthread_join(thread, nil)
    }

    /// Lets the thread end by itself: nobody waits for it any more.
    public func detach() {
        guard !isJoined else { return }
        isJoined = true
        pthread_detach(thread)
    }

    deinit { join() }
}
