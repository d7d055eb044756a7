// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/restart`: stop and start under one key, so that nothing comes between.

public import WharfDockerAPI
import WharfError

extension Containers {
    /// Stops it if it runs, and starts it. A container with `--rm` lives through this.
    public func restart(_ reference: String, options: ContainerStopOptions = ContainerStopOptions()) async throws {
        let id = try table.resolve(reference).id
        if !options.signal.isEmpty { _ = try SignalName.parse(options.signal) }
        await cancelRestart(id)
        runs.cancelStart(id)
        try await mutate(id) { [self] in
            guard let record = table.record(id) else { throw WharfError(.notFound, "No such container: \(reference)") }
            if record.state.isRunning {
                runs.keep(id)
                defer { runs.unkeep(id) }
                try await stopHeld(id, options: options, by: .restart)
            }
            try await startHeld(id)
            if let record = table.record(id) { await publish(id, [.container(record, "restart")]) }
        }
    }
}
