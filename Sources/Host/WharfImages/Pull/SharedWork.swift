// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who wants what is under way. A blob or layer that several pulls want is fetched once: it starts with the first, goes on
// while one of them wants it, and ends with the last.

import Synchronization
import WharfOCI

/// Something that is fetched for everybody who wants it.
protocol SharedWork: AnyObject, Sendable {
    /// Begins, once; `previous` is work for the same digest that must have ended before.
    func start(after previous: Self?)
    /// Nobody wants it any more: stops it, waits for it, and drops what nobody took over.
    func end() async
    /// It failed: who comes now starts anew.
    var hasFailed: Bool { get }
}

/// The work of one kind that is under way, by digest.
final class SharedTable<Work: SharedWork>: Sendable {
    private struct State {
        var current: [Digest: Work] = [:]
        var users: [ObjectIdentifier: Int] = [:]
    }
    private let state = Mutex(State())

    /// Joins the work for a digest or starts it. Each call needs a `release`.
    ///
    /// - Returns: whether it is new.
    func acquire(_ key: Digest, make: () -> Work) -> (work: Work, isNew: Bool) {
        let (work, isNew, previous) = state.withLock { state -> (Work, Bool, Work?) in
            let old = state.current[key]
            if let old, !old.hasFailed, state.users[ObjectIdentifier(old)] != nil {
                state.users[ObjectIdentifier(old), default: 0] += 1
                return (old, false, nil)
            }
            let work = make()
            state.current[key] = work
            state.users[ObjectIdentifier(work)] = 1
            return (work, true, old)
        }
        if isNew { work.start(after: previous) }
        return (work, isNew)
    }

    /// Gives up one use, and with the last one ends the work.
    func release(_ key: Digest, _ work: Work) async {
        let isLast = state.withLock { state -> Bool in
            let id = ObjectIdentifier(work)
            guard let users = state.users[id] else { return false }
            state.users[id] = users > 1 ? users - 1 : nil
            return users == 1
        }
        guard isLast else { return }
        await work.end()
        state.withLock { state in
            // A successor may have taken the place; it waited for this end.
            if state.current[key] === work { state.current[key] = nil }
        }
    }

    /// What is under way, for the collector.
    var keys: [Digest] { state.withLock { Array($0.current.keys) } }
}
