// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The noun `exec`: further processes in running containers. It stands on the noun `containers`, which owns the tasks.

import WharfError

/// Execs: create, start, resize, inspect.
public struct Execs: Sendable {
    let containers: Containers

    public init(_ containers: Containers) { self.containers = containers }

    /// - Throws: `notFound` with Docker's text.
    func find(_ id: String) throws(WharfError) -> ExecRecord {
        guard let exec = containers.execs.exec(id) else { throw WharfError(.notFound, "No such exec instance: \(id)") }
        return exec
    }

    /// The container, running, not paused, and not between two runs.
    ///
    /// - Throws: `conflict` with Docker's texts.
    func runningContainer(_ record: ContainerRecord) throws(WharfError) -> (record: ContainerRecord, task: any ContainerTask) {
        if record.state.isRestarting { throw Containers.restarting(record.id) }
        guard record.state.isRunning, let task = containers.runs.task(record.id) else { throw Containers.notRunning(record.id) }
        guard !record.state.isPaused else {
            throw WharfError(.conflict, "Container \(record.id) is paused, unpause the container before exec")
        }
        return (record, task)
    }
}
