// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a daemon does when it comes back: rows and shims are brought together again. A shim that answers keeps its
// container running; one that is gone has left an exit record, or nothing; each end that nobody saw is told once. Then
// half-done removals are finished and what no row owns is cleaned up.

import Glibc
import Logging
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfMetadata
import WharfShimProtocol

/// What a restore found, for the log and for info.
public struct RestoreReport: Sendable, Equatable {
    /// Containers whose process went on.
    public var running = 0
    /// Containers that ended while no daemon was there.
    public var ended = 0
    /// Containers that a running shim's directory brought back into the database.
    public var recovered = 0
    /// Directories and root file systems that no row owned.
    public var removed = 0
}

extension Containers {
    /// Brings rows, shims and files together. Once, before the API is served.
    ///
    /// - Parameter isDatabaseOld: the database is an older copy: what it does not know is kept.
    public func restore(isDatabaseOld: Bool = false) async throws -> RestoreReport {
        // Policies act when everything has been found again: see `resume`.
        restarts.close()
        var report = RestoreReport()
        let (records, execRows) = try await journal.read { transaction in
            (try transaction.list(ContainerRecord.self).map(\.record), try transaction.list(ExecRecord.self).map(\.record))
        }
        for record in records { table.insert(record) }
        for exec in execRows where table.record(exec.containerID) != nil { execs.restore(exec) }
        await dropExecs(execRows.filter { table.record($0.containerID) == nil })
        let lost = try await setAsideIDs()
        if isDatabaseOld {
            report.recovered = await recoverUnknown(except: lost)
            await removeGhosts()
        }
        var adopted: Set<String> = []
        for task in await tasks.adopt() where await adopt(task) { adopted.insert(task.containerID) }
        report.running = adopted.count
        for record in table.all() where !adopted.contains(record.id) { report.ended += await settle(record) ? 1 : 0 }
        if !isDatabaseOld { report.removed = await removeUnowned(keeping: lost) }
        // What was rotated while no daemon was there.
        for record in table.all() { tidyLog(record.id) }
        return report
    }

    // MARK: Shims that answer

    /// Takes a living shim back. - Returns: false when it was of no use and was ended.
    private func adopt(_ task: any ContainerTask) async -> Bool {
        let id = task.containerID
        let state: TaskState
        do {
            state = try await task.state()
        } catch let failure as TaskFailure where failure.errno == ETIMEDOUT && isRunningHere(id) {
            // The row is the best there is to know until the shim goes on.
            runs.insert(task)
            watch(task)
            return true
        } catch {
            log.error("a shim does not tell its state and is ended", metadata: ["id": "\(id)", "error": "\(error)"])
            await task.shutdown()
            return false
        }
        guard let record = table.record(id), Self.isWanted(state, by: record) else {
            await end(task)
            return false
        }
        runs.insert(task)
        if state.status == .running || state.status == .paused || state.status == .stopped {
            // What was told once stays: the row's time, unless the row knows nothing of this run.
            let started = isRunningHere(id) || state.startedAt == .zero ? record.state.startedAt : state.startedAt
            await apply(
                id,
                .found(pid: state.processID, startedAt: started, isPaused: state.status == .paused, bootID: host.bootID))
        }
        await adoptExecs(of: id, state)
        // An end that nobody saw comes in as news.
        watch(task)
        if state.status == .running { watchHealth(id) }
        return true
    }

    private func isRunningHere(_ id: String) -> Bool {
        if case .running(let running)? = table.record(id)?.state { running.bootID == host.bootID } else { false }
    }

    /// A shim is kept when its process runs, or when its end is news to the row.
    private static func isWanted(_ state: TaskState, by record: ContainerRecord) -> Bool {
        switch (state.status, record.state) {
        case (.none, _), (.created, _): false
        case (_, .removing), (_, .dead): false
        case (.running, _), (.paused, _): true
        case (.stopped, .exited(let known)), (.stopped, .restarting(let known)): state.exit?.exitedAt != known.finishedAt
        case (.stopped, _): true
        }
    }

    private func end(_ task: any ContainerTask) async {
        // Dead already is what is wanted; shutdown sees to the rest.
        try? await task.signalAll(9)
        await task.shutdown()
    }

    /// Execs of which the shim knows nothing ended unseen.
    private func adoptExecs(of id: String, _ state: TaskState) async {
        let alive = Set(state.execs.map(\.id))
        for exec in execs.running(of: id) where !alive.contains(exec) { await execExited(exec, of: id, code: 137) }
        // A probe of the last daemon: nobody waits for it, and nobody would end it.
        for exec in state.execs where exec.exit == nil && execs.exec(exec.id) == nil {
            // ESRCH: it has ended by itself.
            try? await runs.task(id)?.signal(9, process: exec.id)
        }
    }

    /// Execs die with their container.
    private func dropExecs(_ orphans: [ExecRecord]) async {
        guard !orphans.isEmpty else { return }
        do {
            try await journal.write(durable: false) { transaction in
                for exec in orphans { try transaction.delete(ExecRecord.self, id: exec.id) }
            }
        } catch {
            log.error("execs of containers that are gone can't be removed", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Containers without a shim

    /// - Returns: true when an end was told that nobody had seen.
    private func settle(_ record: ContainerRecord) async -> Bool {
        switch record.state {
        case .running(let running):
            if running.bootID == host.bootID {
                await apply(record.id, .exited(report(lost: nil, record.id)))
            } else {
                await apply(record.id, .exited(rebooted(record.id)))
            }
            return true
        case .created(let failure):
            if failure != nil, record.hostConfig.autoRemove { finishLater(record.id) }
        case .exited, .restarting:
            if record.hostConfig.autoRemove { finishLater(record.id) }
        case .removing:
            finishLater(record.id)
        case .dead:
            break
        }
        return false
    }

    /// The machine went down with it. 255 is what Docker shows then.
    private func rebooted(_ id: String) -> ContainerExitReport {
        if let written = directory.exitRecord(id) { return ContainerExitReport(written) }
        return ContainerExitReport(
            exitCode: 255, exitedAt: .now(), wasOOMKilled: false, error: "the host was restarted while the container ran")
    }

    /// Finishes a removal that was begun, or that `--rm` asks for.
    private func finishLater(_ id: String) {
        Task { [self] in
            do {
                try await mutate(id, deadline: nil) { [self] in
                    guard table.record(id) != nil else { return }
                    await apply(id, .removalBegan)
                    try await finishRemoval(id)
                }
            } catch {
                await apply(id, .removalFailed("cannot remove container \"\(id)\": \(error)"))
                log.error("a removal could not be finished", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
    }

    // MARK: What no row owns

    /// A container directory keeps a copy of the record from its last start. Where the database is older than that, the
    /// copy brings the container back; for a removed container there is no directory. - Returns: how many came back.
    private func recoverUnknown(except lost: Set<String>) async -> Int {
        var count = 0
        for id in await ids({ try $0.ids() }) where table.record(id) == nil && !lost.contains(id) {
            guard var record = directory.recordCopy(id), record.id == id else { continue }
            // The name was given away since: the short id is free.
            if (try? table.reserve(name: record.name, for: id)) == nil { record.name = record.shortID }
            let final = record
            do {
                try await journal.write(durable: true) { transaction in
                    try transaction.insert(final)
                    try transaction.acquire(Self.image(final.imageID), holder: Self.holder(id))
                }
                table.insert(final)
                count += 1
                log.warning("a container that the database did not know was brought back", metadata: ["id": "\(id)"])
            } catch {
                log.error(
                    "a container that the database does not know can't be brought back", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
        return count
    }

    /// An older database still has rows of containers that were removed since: they have no directory.
    private func removeGhosts() async {
        let known = Set(await ids { try $0.ids() })
        for record in table.all() where !known.contains(record.id) {
            do {
                try await finishRemoval(record.id)
            } catch {
                log.error(
                    "a container that was removed before can't be removed again", metadata: ["id": "\(record.id)", "error": "\(error)"])
            }
        }
    }

    /// Leftovers of a create or a removal that a crash cut off.
    private func removeUnowned(keeping lost: Set<String>) async -> Int {
        var count = 0
        let roots: [String]
        do { roots = try await images.roots() } catch {
            log.error("root file systems can't be listed", metadata: ["error": "\(error)"])
            roots = []
        }
        for id in roots where table.record(id) == nil && !lost.contains(id) {
            do {
                try await images.removeRoot(id)
                count += 1
            } catch {
                log.error("a root file system that nobody owns can't be removed", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
        for id in await ids({ try $0.ids() }) where table.record(id) == nil && !lost.contains(id) {
            do {
                try await blocking.own { [directory] in try directory.remove(id) }
                count += 1
            } catch {
                log.error("a directory that nobody owns can't be removed", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
        return count
    }

    private func ids(_ list: @escaping @Sendable (ContainerDirectory) throws -> [String]) async -> [String] {
        do {
            return try await blocking.own { [directory] in try list(directory) }
        } catch {
            log.error("container directories can't be listed", metadata: ["error": "\(error)"])
            return []
        }
    }
}
