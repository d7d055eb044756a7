// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Removes the files of layers that are gone, behind the answer to whoever removed them: an image of 20,000 files takes
// seconds. Nothing needs to be remembered for it: such a folder has no record any more, so what is left when the daemon
// ends is found by the next start, which hands it to its own cleaner.

import Logging
import Synchronization
import WharfBlocking
import WharfLinux
import WharfSnapshots

/// One tree after another, on a thread that ends when there is nothing left to do.
final class LayerCleaner: Sendable {
    private struct State {
        var waiting: [SnapshotRemains] = []
        var isRunning = false
        var watchers: [OneShot<Void>] = []
    }
    private let state = Mutex(State())
    private let log: Logger

    init(_ log: Logger) { self.log = log }

    /// Takes over what is left of detached layers. Returns at once.
    func add(_ remains: [SnapshotRemains]) {
        guard !remains.isEmpty else { return }
        let mustStart = state.withLock { state in
            state.waiting += remains
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart else { return }
        do throws(SyscallError) {
            try WorkerThread.start("wharf-clean") { [self] in run() }
        } catch {
            // No thread to be had: then it takes the caller's time.
            log.debug("layers are removed without a thread", metadata: ["reason": "\(error)"])
            run()
        }
    }

    /// Whether something is left to do.
    var isBusy: Bool { state.withLock { $0.isRunning } }

    /// Waits until everything that was added is gone, or could not be removed.
    func finish() async {
        let ticket = state.withLock { state -> OneShot<Void>? in
            guard state.isRunning else { return nil }
            let ticket = OneShot<Void>()
            state.watchers.append(ticket)
            return ticket
        }
        // Nothing but a success is delivered, and waiting is not cancelled.
        try? await ticket?.value(cancellable: false)
    }

    private func run() {
        while let next = take() {
            do {
                try Failpoint.hit("image.remove.clean")
                try next.remove()
            } catch {
                log.warning("a layer could not be removed", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// The next tree; nil, and everybody who waits is told, when there is none.
    private func take() -> SnapshotRemains? {
        let (next, watchers) = state.withLock { state -> (SnapshotRemains?, [OneShot<Void>]) in
            if !state.waiting.isEmpty { return (state.waiting.removeFirst(), []) }
            state.isRunning = false
            defer { state.watchers = [] }
            return (nil, state.watchers)
        }
        for watcher in watchers { watcher.deliver(.success(())) }
        return next
    }
}
