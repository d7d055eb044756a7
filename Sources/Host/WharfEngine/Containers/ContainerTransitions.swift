// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Carries out what the state machine asks for: rows and events in one transaction, then the waiters, then the removal.

import Logging
import WharfDockerAPI
import WharfError
import WharfMetadata

extension Containers {
    /// Carries out actions in their order. Never throws: the state has changed already, and a database that can't be
    /// written now must not hide the exit of a process. (The shim's exit file stands until the row does.)
    func carryOut(_ actions: [ContainerAction], _ record: ContainerRecord) async {
        guard !actions.isEmpty else { return }
        var durable: Bool?
        var news: [EngineEvent] = []
        for action in actions {
            switch action {
            case .persist(let isDurable): durable = isDurable
            case .publish(let name, let attributes): news.append(.container(record, name, attributes))
            case .settleExit, .settleRemoval, .releaseRun, .restart, .explain, .removeContainer: break
            }
        }
        if durable != nil || !news.isEmpty {
            do {
                try await persist(record.id, durable: durable ?? false, news: news)
                if actions.contains(.releaseRun) { runs.task(record.id)?.acknowledge(process: nil) }
            } catch {
                log.error("the state of a container could not be written", metadata: ["id": "\(record.id)", "error": "\(error)"])
            }
        }
        for action in actions {
            switch action {
            case .persist, .publish: break
            case .releaseRun: await releaseRun(record)
            case .settleExit(let code): table.settle(record.id, .init(exitCode: code, error: "")) { $0 != .removed }
            case .settleRemoval(let error):
                table.settle(record.id, .init(exitCode: record.state.exitCode, error: error)) { $0 == .removed }
            case .restart(let delay): restartLater(record, after: delay)
            case .explain:
                // Of what removes itself after success nobody asks; a failure is written down before its log goes.
                if !record.hostConfig.autoRemove {
                    Task { await explain(record) }
                } else if record.state.exitCode != 0 {
                    await explain(record)
                }
            case .removeContainer: if !runs.isKept(record.id) { removeLater(record.id) }
            }
        }
    }

    /// Writes the newest version of a record, and events about it, in one transaction.
    ///
    /// In the container's journal queue, so that rows and events come to the disk in the order of what happened.
    func persist(
        _ id: String, durable: Bool, news: [EngineEvent] = [], after action: (@Sendable () async throws -> Void)? = nil
    ) async throws {
        try await journal.ordered(id) { [table, journal] in
            try await action?()
            let pending = table.pending(id)
            try await journal.write(durable: durable, news: news) { transaction in
                guard let pending else { return }
                // Gone meanwhile: a removal wrote its own end.
                do { try transaction.update(pending.record) } catch MetadataError.notFound {}
            }
            if let pending { table.markPersisted(id, revision: pending.revision) }
        }
    }

    /// `--rm`: removes in the background, once the verbs that hold the container are done.
    private func removeLater(_ id: String) {
        Task { [self] in
            do {
                try await mutate(id, deadline: nil) { [self] in
                    try await removeHeld(id, options: ContainerRemoveOptions(force: true, volumes: true))
                }
            } catch let error as WharfError where error.code == .notFound {
                // Somebody else removed it first.
            } catch {
                log.error("a container that should remove itself is still there", metadata: ["id": "\(id)", "error": "\(error)"])
            }
        }
    }
}
