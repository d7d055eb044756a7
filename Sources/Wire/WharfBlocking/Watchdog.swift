// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Notices when the daemon stopped answering: a thread that asks the cooperative pool for a sign of life and, when none
// comes for ten seconds, has every thread's kernel state written down while the fault is still there.

import Glibc
import Synchronization
public import WharfLinux

/// Watches the cooperative pool from outside of it.
public final class Watchdog: Sendable {
    private let signal = ThreadSignal()
    private let stopped = Atomic(false)
    private let answered = Atomic<UInt64>(0)
    private let limit: Duration
    private let interval: Duration
    private let ask: @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void

    /// - Parameters:
    ///   - limit: silence after which the pool counts as stuck.
    ///   - interval: time between two questions.
    ///   - ask: puts the question to the pool; calls its argument there.
    public init(
        limit: Duration = .seconds(10), interval: Duration = .seconds(2),
        ask: @escaping @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void = { answer in Task { answer() } }
    ) {
        self.limit = limit
        self.interval = interval
        self.ask = ask
    }

    /// Starts the thread.
    ///
    /// - Parameter stuck: called on the watchdog's thread, once per fault. It may block.
    public func start(stuck: @escaping @Sendable () -> Void) throws(SyscallError) {
        try WorkerThread.start("wharf-watchdog") { [self] in watch(stuck) }
    }

    /// Ends the thread soon.
    public func stop() {
        stopped.store(true, ordering: .releasing)
        signal.withLock { signal.broadcast() }
    }

    private func watch(_ stuck: () -> Void) {
        var asked: UInt64 = 0
        var silentSince: ContinuousClock.Instant?
        var reported = false
        while !stopped.load(ordering: .acquiring) {
            if answered.load(ordering: .acquiring) == asked {
                asked += 1
                silentSince = nil
                reported = false
                let question = asked
                ask { self.answered.store(question, ordering: .releasing) }
            } else {
                let since = silentSince ?? ContinuousClock.now
                silentSince = since
                if !reported, ContinuousClock.now - since >= limit {
                    reported = true
                    stuck()
                }
            }
            signal.withLock { if !stopped.load(ordering: .acquiring) { _ = signal.wait(atMost: interval) } }
        }
    }
}
