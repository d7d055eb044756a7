// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The live side of the containers that run: their tasks, who watches them, and starts that are under way.

import Synchronization
import WharfBlocking

/// Tasks by container id.
final class ContainerRuns: Sendable {
    /// One run of a container.
    struct Run: Sendable {
        let task: any ContainerTask
        /// When it was started, on the engine's clock; nil for one that an earlier daemon started.
        var startedAt: Duration?
        /// Ends when the run's exit was dealt with and what it held was given back.
        var watcher: Task<Void, Never>?
    }

    /// A start that is under way.
    private struct Start {
        let cancel: @Sendable () -> Void
        var waiting: [OneShot<Void>] = []
    }

    private struct Tables {
        var runs: [String: Run] = [:]
        var starts: [String: Start] = [:]
        var kept: Set<String> = []
    }

    private let tables = Mutex(Tables())

    /// The task of a container that runs now.
    func task(_ id: String) -> (any ContainerTask)? { tables.withLock { $0.runs[id]?.task } }

    func insert(_ task: any ContainerTask, at time: Duration? = nil) {
        tables.withLock { $0.runs[task.containerID] = Run(task: task, startedAt: time) }
    }

    /// When the present run was started; nil when that is not known.
    func startedAt(_ id: String) -> Duration? { tables.withLock { $0.runs[id]?.startedAt } }

    /// Says who watches; nothing when the run is over already.
    func setWatcher(_ id: String, _ watcher: Task<Void, Never>) { tables.withLock { $0.runs[id]?.watcher = watcher } }

    func remove(_ id: String) { tables.withLock { $0.runs[id] = nil } }

    /// Waits until a run that ended is tidied up. A container whose exit is visible may still hold its shim.
    func settled(_ id: String) async {
        guard let watcher = tables.withLock({ $0.runs[id]?.watcher }) else { return }
        await watcher.value
    }

    /// For a restart: the exit that is coming does not remove the container, whatever `--rm` says.
    func keep(_ id: String) { tables.withLock { _ = $0.kept.insert(id) } }

    func unkeep(_ id: String) { tables.withLock { _ = $0.kept.remove(id) } }

    func isKept(_ id: String) -> Bool { tables.withLock { $0.kept.contains(id) } }

    /// Registers a start that can be called off.
    func began(start id: String, cancel: @escaping @Sendable () -> Void) { tables.withLock { $0.starts[id] = Start(cancel: cancel) } }

    /// The start has come to its end, and the container's state says so.
    func ended(start id: String) {
        let waiting = tables.withLock { $0.starts.removeValue(forKey: id)?.waiting ?? [] }
        for waiter in waiting { waiter.deliver(.success(())) }
    }

    /// Waits for the end of a start that is under way, at most `limit`.
    ///
    /// A program's first output reaches its client straight from the shim, often before the start has been noted here: what
    /// the client does about it (a signal, a new size) must not be refused because of that.
    func startEnded(_ id: String, within limit: Duration = .seconds(2)) async {
        let ended = OneShot<Void>()
        let waits = tables.withLock { tables in
            tables.starts[id]?.waiting.append(ended)
            return tables.starts[id] != nil
        }
        guard waits else { return }
        let alarm = Alarm(after: limit) { ended.deliver(.success(())) }
        // A caller that goes away needs no answer.
        try? await ended.value()
        alarm.cancel()
    }

    /// Calls off a start that is under way: its steps unwind. - Returns: whether there was one.
    @discardableResult
    func cancelStart(_ id: String) -> Bool {
        guard let start = tables.withLock({ $0.starts[id] }) else { return false }
        start.cancel()
        return true
    }
}
