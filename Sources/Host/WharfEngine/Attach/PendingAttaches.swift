// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Clients that attached before the start: they wait here and travel inside the create message, so that the first byte
// of output finds them. Whoever takes an entry out delivers it; nobody else does.

import Glibc
import Synchronization
import WharfLinux
import WharfShimProtocol

/// Attaches that wait for a start, by container.
final class PendingAttaches: Sendable {
    private struct Tables {
        var waiting: [String: [TaskAttach]] = [:]
        var nextToken: UInt64 = 0
    }

    private let tables = Mutex(Tables())

    /// How many may wait for one container: beyond that the oldest go.
    static let limit = 64

    /// A number that names an attach in the shim's news.
    func makeToken() -> UInt64 {
        tables.withLock { tables in
            tables.nextToken += 1
            return tables.nextToken
        }
    }

    /// Adds a client. Those that have hung up meanwhile are let go, so that dropped ones don't pile up.
    func add(_ attach: TaskAttach, to id: String) {
        // The descriptors are closed outside of the lock, when the last reference goes.
        let gone = tables.withLock { tables -> [TaskAttach] in
            let all = tables.waiting[id, default: []]
            var kept = all.filter { !Self.hasHungUp($0.connection) }
            if kept.count >= Self.limit { kept.removeFirst(kept.count - Self.limit + 1) }
            kept.append(attach)
            tables.waiting[id] = kept
            return all
        }
        withExtendedLifetime(gone) {}
    }

    /// Takes one out again. - Returns: false when somebody else has it.
    func take(_ token: UInt64, of id: String) -> Bool {
        tables.withLock { tables in
            guard let index = tables.waiting[id]?.firstIndex(where: { $0.request.token == token }) else { return false }
            tables.waiting[id]?.remove(at: index)
            return true
        }
    }

    /// Takes all that wait for a container.
    func takeAll(_ id: String) -> [TaskAttach] { tables.withLock { $0.waiting.removeValue(forKey: id) ?? [] } }

    /// How many wait.
    func count(_ id: String) -> Int { tables.withLock { $0.waiting[id]?.count ?? 0 } }

    /// Closed in both directions: a client that only closed its input still wants the output.
    private static func hasHungUp(_ connection: Descriptor) -> Bool {
        var entry = pollfd(fd: connection.raw, events: 0, revents: 0)
        guard poll(&entry, 1, 0) == 1 else { return false }
        return Int32(entry.revents) & (POLLHUP | POLLERR | POLLNVAL) != 0
    }
}
