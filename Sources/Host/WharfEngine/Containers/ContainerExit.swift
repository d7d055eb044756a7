// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How the news of a task comes in: one reader for each run. Takes no key, because a verb that holds it may be waiting
// for exactly this exit.

import Logging
import WharfError
import WharfJSON
import WharfShimProtocol

extension Containers {
    /// Reads a task's news until its end.
    func watch(_ task: any ContainerTask) {
        let watcher = Task { [self] in
            for await event in task.events where await hasEnded(task, event) { return }
            // The news ended without an end: the shim is gone.
            await exited(task.containerID, report(lost: nil, task.containerID))
        }
        runs.setWatcher(task.containerID, watcher)
    }

    /// Deals with one piece of news. - Returns: true behind the end of the run.
    private func hasEnded(_ task: any ContainerTask, _ event: TaskEvent) async -> Bool {
        let id = task.containerID
        switch event {
        case .exited(process: nil, let record):
            await exited(id, ContainerExitReport(record))
            return true
        case .exited(process: let exec?, let record):
            await execExited(exec, of: id, code: record.exitCode)
            task.acknowledge(process: exec)
        case .outOfMemory:
            await apply(id, .oom)
        case .detached(let process, _):
            await detached(id, process: process)
        case .attachClosed:
            break
        case .logRotated:
            tidyLog(id)
        case .shimDied(let record):
            await exited(id, report(lost: record, id))
            return true
        }
        return false
    }

    /// The end of a run: state, row and event, then the shim is let go, then the waiters.
    func exited(_ id: String, _ report: ContainerExitReport) async {
        var report = report
        report.ran = runs.startedAt(id).map { clock.now() - $0 }
        endHealth(id)
        await apply(id, .exited(report))
    }

    /// Gives back what the run held.
    func releaseRun(_ record: ContainerRecord) async {
        for exec in execs.endAll(of: record.id) { await execEnded(exec, record) }
        if let task = runs.task(record.id) {
            await task.shutdown()
            runs.remove(record.id)
        }
    }

    /// A shim that is gone may still have written how the process ended; else all that is known is that it was killed.
    func report(lost record: ExitRecord?, _ id: String) -> ContainerExitReport {
        if let written = directory.exitRecord(id) { return ContainerExitReport(written) }
        if let record { return ContainerExitReport(record) }
        return ContainerExitReport(exitCode: 137, exitedAt: .now(), wasOOMKilled: false, error: "the container's shim died")
    }

    private func detached(_ id: String, process: String?) async {
        guard let record = table.record(id) else { return }
        let event =
            process.map { EngineEvent.container(record, "exec_detach", ["execID": $0]) } ?? .container(record, "detach")
        await publish(id, [event])
    }

    /// Tells of something that changes no state.
    func publish(_ id: String, _ news: [EngineEvent]) async {
        do {
            try await persist(id, durable: false, news: news)
        } catch {
            log.error("an event could not be written", metadata: ["id": "\(id)", "error": "\(error)"])
        }
    }
}

extension ContainerExitReport {
    init(_ record: ExitRecord) {
        self.init(exitCode: record.exitCode, exitedAt: record.exitedAt, wasOOMKilled: record.oomKilled, error: record.error)
        signal = record.signal
        (memoryPeak, memoryLimit) = (record.memoryPeak, record.memoryLimit)
    }
}
