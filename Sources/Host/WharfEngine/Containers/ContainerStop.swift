// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/stop`: the stop signal, some time, then SIGKILL.

public import WharfDockerAPI
import WharfError

extension Containers {
    /// Stops a container.
    ///
    /// - Throws: `notModified` when it does not run, `invalidArgument` for the signal.
    public func stop(_ reference: String, options: ContainerStopOptions = ContainerStopOptions()) async throws {
        let id = try table.resolve(reference).id
        if !options.signal.isEmpty { _ = try SignalName.parse(options.signal) }
        // Before the queue, in which the restart itself may stand.
        let wasRestarting = await cancelRestart(id)
        runs.cancelStart(id)
        do {
            try await mutate(id) { [self] in try await stopHeld(id, options: options) }
        } catch let error as WharfError where error.code == .notModified && wasRestarting {
            if let record = table.record(id) { await publish(id, [.container(record, "stop")]) }
        }
    }

    /// The stop itself; the caller holds the key.
    func stopHeld(_ id: String, options: ContainerStopOptions, by verb: SentSignal.Verb = .stop) async throws {
        guard let record = table.record(id) else { throw WharfError(.notFound, "No such container: \(id)") }
        guard record.state.isRunning else { throw WharfError(.notModified, "container is already stopped") }
        let signal = options.signal.isEmpty ? SignalName.stop(record.config.stopSignal) : try SignalName.parse(options.signal)
        let seconds = options.timeoutSeconds ?? record.config.stopTimeout ?? 10
        // Whatever the signal is, this run is to end by it.
        table.update(id) { $0.exitsForGood = true }
        do {
            try await sendSignal(signal, to: record, by: verb)
        } catch let error as WharfError where error.code == .conflict {
            // It ended by itself in between.
        }
        if !(await waitForExit(id, within: seconds < 0 ? nil : .seconds(seconds))) { try await killAndWait(id, by: verb) }
        await runs.settled(id)
        if let record = table.record(id) { await publish(id, [.container(record, "stop")]) }
    }
}
