// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/resize`: the terminal's size.

import WharfDockerAPI
import WharfError

extension Containers {
    /// Tells the terminal its size. Without a terminal it does nothing, as in Docker.
    ///
    /// - Throws: `conflict` when it does not run.
    public func resize(_ reference: String, rows: UInt16, columns: UInt16) async throws {
        let record = await startedOrNot(try table.resolve(reference))
        guard record.state.isRunning, let task = runs.task(record.id) else { throw Self.notRunning(record.id) }
        guard record.config.tty else { return }
        do {
            try await task.resize(process: nil, rows: rows, columns: columns)
        } catch let failure as TaskFailure {
            throw WharfError(.internal, failure.text, cause: failure, errno: failure.errno)
        }
        await publish(record.id, [.container(record, "resize", ["height": String(rows), "width": String(columns)])])
    }
}
