// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The newest sample of each container that is watched, in the order in which they were named.

import Synchronization
import WharfDockerAPI
import WharfJSON

/// Samples by name.
final class StatsBoard: Sendable {
    private struct State {
        var names: [String] = []
        var samples: [String: ContainerStats] = [:]
        /// Samples that no picture shows yet.
        var unseen = 0
    }

    private let state = Mutex(State())

    var isEmpty: Bool { state.withLock { $0.names.isEmpty } }

    /// - Returns: false for a name that is there already.
    @discardableResult
    func add(_ name: String) -> Bool {
        state.withLock { state in
            guard !state.names.contains(name) else { return false }
            state.names.append(name)
            return true
        }
    }

    func remove(_ name: String) {
        state.withLock { state in
            state.names.removeAll { $0 == name }
            state.samples[name] = nil
        }
    }

    /// - Parameter sample: a JSON document.
    func set(_ name: String, sample: [UInt8]) throws {
        let sample = try JSON.decode(ContainerStats.self, from: sample)
        state.withLock { $0.samples[name] = sample }
    }

    func gotSample() { state.withLock { $0.unseen += 1 } }

    /// - Returns: whether more are on their way, so that a picture can wait for them.
    func tookSample() -> Bool {
        state.withLock { state in
            state.unseen -= 1
            return state.unseen > 0
        }
    }

    func rows(truncated: Bool) -> [ListRow] {
        state.withLock { state in state.names.map { StatsRow.row($0, state.samples[$0], truncated: truncated) } }
    }
}
