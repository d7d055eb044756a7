// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The live side of the containers that run: their tasks, who watches them, and starts that are under way.

import Synchronization

/// Tasks by container id.
final class ContainerRuns: Sendable {
    /// One run of a container.
    struct Run: Sendable {
        let task: any ContainerTask
        /// Ends when the run's exit was dealt with and what it held was given back.
        var watcher: Task<Void, Never>?
    }

    private struct Tables {
        var runs: [String: Run] = [:]
        var starts: [String: @Sendable () -> Void] = [:]
        var kept: Set<String> = []
    }

    private let tables = Mutex(Tables())

    /// The task of a container that runs now.
    func task(_ id: String) -> (any ContainerTask)? { tables.withLock { $0.runs[id]?.task } }

    func insert(_ task: any ContainerTask) { tables.withLock { $0.runs[task.containerID] = Run(task: task) } }

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
    func began(start id: String, cancel: @escaping @Sendable () -> Void) { tables.withLock { $0.starts[id] = cancel } }

    func ended(start id: String) { tables.withLock { $0.starts[id] = nil } }

    /// Calls off a start that is under way: its steps unwind. - Returns: whether there was one.
    @discardableResult
    func cancelStart(_ id: String) -> Bool {
        guard let cancel = tables.withLock({ $0.starts[id] }) else { return false }
        cancel()
        return true
    }
}
