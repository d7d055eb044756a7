// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a restart policy does: waits, and starts the container again in the queue of its verbs. A stop, a kill or a removal
// takes it back.

import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfShimProtocol

extension Containers {
    /// Starts a container again after `delay`, counted from the moment at which it ended.
    func restartLater(_ record: ContainerRecord, after delay: Duration) {
        let id = record.id
        // One that ended while no daemon was there has waited already. A wall clock that was set can only shorten the wait.
        let waited = clock.elapsed(record.state.finishedAt)
        let rest = waited < .zero ? delay : max(.zero, delay - waited)
        restarts.set(id, after: rest, on: clock) { [self] in
            Task { await restartNow(id) }
        }
    }

    /// The wait is over.
    func restartNow(_ id: String) async {
        restarts.cancel(id)
        do {
            try await mutate(id, deadline: nil) { [self] in try await restartHeld(id) }
        } catch {
            // The record has the reason; Docker, too, leaves a container alone that can't be started.
            log.error("a container could not be started again", metadata: ["id": "\(id)", "error": "\(error)"])
        }
    }

    /// The restart itself; the caller holds the key.
    private func restartHeld(_ id: String) async throws {
        guard let record = table.record(id), record.state.isRestarting, restarts.isOpen else { return }
        // The policy may have been changed meanwhile.
        guard record.hostConfig.restartPolicy.isAny, !record.exitsForGood else {
            await apply(id, .restartCancelled)
            return
        }
        try await startHeld(id, byPolicy: true)
    }

    /// A person ended the container while its policy waited. - Returns: false when there was nothing to take back.
    @discardableResult
    func cancelRestart(_ id: String) async -> Bool {
        guard table.record(id)?.state.isRestarting == true else { return false }
        table.update(id) {
            $0.exitsForGood = true
            $0.wasStoppedByHand = true
        }
        restarts.cancel(id)
        runs.cancelStart(id)
        await apply(id, .restartCancelled)
        return true
    }
}
