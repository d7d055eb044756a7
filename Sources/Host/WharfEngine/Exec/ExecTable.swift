// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// All execs as the engine sees them now. Those that ended stay a while, so that their exit code can be asked for.

import Synchronization
import WharfBlocking

/// Execs by id.
final class ExecTable: Sendable {
    private struct Tables {
        var execs: [String: ExecRecord] = [:]
        /// Ended ones of each container, oldest first.
        var ended: [String: [String]] = [:]
        /// Those that went, whose rows are still there.
        var gone: [String: [String]] = [:]
        /// Who waits for the next change of an exec's state.
        var watchers: [String: [OneShot<Void>]] = [:]
    }

    private let tables = Mutex(Tables())

    /// How many ended execs of one container are kept.
    static let keptPerContainer = 256

    func insert(_ exec: ExecRecord) { tables.withLock { $0.execs[exec.id] = exec } }

    func exec(_ id: String) -> ExecRecord? { tables.withLock { $0.execs[id] } }

    /// The ids of those that run, for inspect's `ExecIDs`.
    func running(of container: String) -> [String] {
        tables.withLock { $0.execs.values.filter { $0.containerID == container && $0.isRunning }.map(\.id) }.sorted()
    }

    /// Drops one that has no row.
    func forget(_ id: String) {
        tables.withLock { tables in
            guard let exec = tables.execs.removeValue(forKey: id) else { return }
            tables.ended[exec.containerID]?.removeAll { $0 == id }
            Self.tell(id, &tables)
        }
    }

    /// Changes the state by a rule that looks at the present one. - Returns: the exec, changed or not; nil when unknown.
    @discardableResult
    func change(_ id: String, _ rule: (ExecRecord.State) -> ExecRecord.State?) -> (exec: ExecRecord, changed: Bool)? {
        tables.withLock { tables in
            guard var exec = tables.execs[id] else { return nil }
            guard let state = rule(exec.state) else { return (exec, false) }
            exec.state = state
            tables.execs[id] = exec
            if case .exited = state { Self.keepEnded(exec, &tables) }
            Self.tell(id, &tables)
            return (exec, true)
        }
    }

    /// The next change of an exec's state, if `isAwaited` says of the present one that a change must come.
    func change(of id: String, when isAwaited: (ExecRecord.State) -> Bool) -> OneShot<Void>? {
        tables.withLock { tables in
            guard let exec = tables.execs[id], isAwaited(exec.state) else { return nil }
            let change = OneShot<Void>()
            tables.watchers[id, default: []].append(change)
            return change
        }
    }

    private static func tell(_ id: String, _ tables: inout Tables) {
        for watcher in tables.watchers.removeValue(forKey: id) ?? [] { watcher.deliver(.success(())) }
    }

    private static func keepEnded(_ exec: ExecRecord, _ tables: inout Tables) {
        tables.ended[exec.containerID, default: []].append(exec.id)
        while let ended = tables.ended[exec.containerID], ended.count > keptPerContainer {
            tables.execs[ended[0]] = nil
            tables.ended[exec.containerID]?.removeFirst()
            tables.gone[exec.containerID, default: []].append(ended[0])
        }
    }

    /// The ids whose rows are to be deleted. Each is given out once.
    func takeGone(of container: String) -> [String] { tables.withLock { $0.gone.removeValue(forKey: container) ?? [] } }

    /// Puts an exec of an earlier daemon back.
    func restore(_ exec: ExecRecord) {
        tables.withLock { tables in
            tables.execs[exec.id] = exec
            if case .exited = exec.state { Self.keepEnded(exec, &tables) }
        }
    }

    /// The container's run is over, and so is everything in it. - Returns: those that ended by that.
    func endAll(of container: String) -> [ExecRecord] {
        tables.withLock { tables in
            var ended: [ExecRecord] = []
            for var exec in tables.execs.values where exec.containerID == container {
                switch exec.state {
                case .exited: continue
                case .created:
                    // Can't be started any more: its container run is gone.
                    tables.execs[exec.id] = nil
                    tables.gone[container, default: []].append(exec.id)
                    continue
                case .starting: exec.state = .exited(code: 137, pid: 0)
                case .running(let pid): exec.state = .exited(code: 137, pid: pid)
                }
                tables.execs[exec.id] = exec
                Self.keepEnded(exec, &tables)
                Self.tell(exec.id, &tables)
                ended.append(exec)
            }
            return ended
        }
    }

    /// - Returns: the ids that went.
    @discardableResult
    func removeAll(of container: String) -> [String] {
        tables.withLock { tables in
            let ids = tables.execs.values.filter { $0.containerID == container }.map(\.id)
            for id in ids {
                tables.execs[id] = nil
                Self.tell(id, &tables)
            }
            tables.ended[container] = nil
            return ids + (tables.gone.removeValue(forKey: container) ?? [])
        }
    }
}
