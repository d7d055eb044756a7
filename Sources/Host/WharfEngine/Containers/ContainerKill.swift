// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `POST /containers/x/kill`. Takes no key: it must work while another verb hangs.

import Glibc
import Logging
import WharfDockerAPI
import WharfError
import WharfJSON

extension Containers {
    /// Sends a signal; SIGKILL, the default, also waits for the end.
    ///
    /// - Throws: `conflict` when it does not run, `invalidArgument` for the signal.
    public func kill(_ reference: String, signal text: String = "") async throws {
        let signal = text.isEmpty ? SIGKILL : try SignalName.parse(text)
        let found = try table.resolve(reference)
        // There is no process to signal; Docker takes this as the wish that there be none.
        if await cancelRestart(found.id) { return }
        let record = await startedOrNot(found)
        do {
            guard record.state.isRunning else { throw Self.notRunning(record.id) }
            if signal == SIGKILL {
                try await Task { [self] in try await killAndWait(record.id, by: .kill) }.value
            } else {
                try await sendSignal(signal, to: record, by: .kill)
            }
        } catch let error as WharfError {
            throw WharfError(error.code, "cannot kill container: \(reference): \(error.message)", cause: error, errno: error.errno)
        }
    }

    /// The record behind a start that may be about to end.
    func startedOrNot(_ record: ContainerRecord) async -> ContainerRecord {
        if record.state.isRunning { return record }
        await runs.startEnded(record.id)
        return table.record(record.id) ?? record
    }

    static func notRunning(_ id: String) -> WharfError { WharfError(.conflict, "container \(id) is not running") }

    /// Docker's answer where a process is needed and the restart policy waits.
    static func restarting(_ id: String) -> WharfError {
        WharfError(.conflict, "Container \(id) is restarting, wait until the container is running")
    }

    /// SIGKILL, and the exit awaited.
    ///
    /// - Throws: `deadlineExceeded` when the kernel does not let it go.
    func killAndWait(_ id: String, by verb: SentSignal.Verb) async throws {
        guard let record = table.record(id), record.state.isRunning else { return }
        do {
            try await sendSignal(SIGKILL, to: record, by: verb)
        } catch let error as WharfError where error.code == .conflict {
            // Gone already; its exit is on the way.
        }
        if await waitForExit(id, within: .seconds(10)) { return }
        // Init may hang in the kernel; the others need not.
        if let task = runs.task(id) {
            do { try await task.signalAll(SIGKILL) } catch {
                log.warning("kill of all processes failed", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
        guard await waitForExit(id, within: .seconds(2)) else {
            throw WharfError(.deadlineExceeded, "tried to kill container, but did not receive an exit event")
        }
    }

    /// One signal to init, and its event: in the journal's queue, so that `kill` stands before the `die` that it causes.
    ///
    /// A paused container is resumed by a signal that should end it, as in Docker. So is any signal taken where the container
    /// names no stop signal of its own: restart policies then leave its exit alone (moby, daemon/kill.go).
    func sendSignal(_ signal: Int32, to record: ContainerRecord, by verb: SentSignal.Verb) async throws {
        let id = record.id
        guard let task = runs.task(id) else { throw Self.notRunning(id) }
        let stopSignal = record.config.stopSignal
        let endsIt = signal == SIGKILL || stopSignal.isEmpty || signal == SignalName.stop(stopSignal)
        table.update(id) {
            if endsIt { $0.exitsForGood = true }
            if verb != .shutdown { $0.wasStoppedByHand = true }
            $0.lastSignal = SentSignal(signal: signal, verb: verb, time: .now())
        }
        try await persist(id, durable: false, news: [.container(record, "kill", ["signal": String(signal)])]) {
            do {
                try await task.signal(signal, process: nil)
            } catch let failure as TaskFailure where failure.errno == ESRCH {
                throw Self.notRunning(id)
            } catch let failure as TaskFailure {
                throw WharfError(.internal, failure.text, cause: failure, errno: failure.errno)
            }
        }
        guard endsIt, table.record(id)?.state.isPaused == true else { return }
        do { try await resumeTask(id, task) } catch let error as WharfError where error.errno == ESRCH {
            // It has ended of the signal, and its shim with it.
        }
    }
}
