// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/pause` and `/unpause`: the freezer of the container's cgroup, through its shim.

import WharfError

extension Containers {
    /// Freezes all processes.
    ///
    /// - Throws: `conflict` when it does not run or is paused.
    public func pause(_ reference: String) async throws {
        let id = try table.resolve(reference).id
        try await mutate(id) { [self] in
            guard let record = table.record(id) else { throw Self.notRunning(id) }
            if record.state.isRestarting { throw Self.restarting(id) }
            guard record.state.isRunning, let task = runs.task(id) else { throw Self.notRunning(id) }
            guard !record.state.isPaused else { throw WharfError(.conflict, "container \(id) is already paused") }
            do {
                try await task.pause()
            } catch let failure as TaskFailure {
                throw WharfError(.internal, "cannot pause container \(id): \(failure.text)", cause: failure, errno: failure.errno)
            }
            endHealth(id)
            await apply(id, .paused)
        }
    }

    /// Lets them go on.
    ///
    /// - Throws: `conflict` when it is not paused.
    public func unpause(_ reference: String) async throws {
        let id = try table.resolve(reference).id
        try await mutate(id) { [self] in
            guard let record = table.record(id), record.state.isActive else { throw Self.notRunning(id) }
            guard record.state.isPaused, let task = runs.task(id) else { throw WharfError(.conflict, "Container \(id) is not paused") }
            try await resumeTask(id, task)
        }
    }

    func resumeTask(_ id: String, _ task: any ContainerTask) async throws {
        do {
            try await task.resume()
        } catch let failure as TaskFailure {
            throw WharfError(.internal, "cannot unpause container \(id): \(failure.text)", cause: failure, errno: failure.errno)
        }
        await apply(id, .resumed)
        watchHealth(id)
    }
}
