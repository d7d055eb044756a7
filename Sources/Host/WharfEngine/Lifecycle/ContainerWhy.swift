// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/why`: one explanation for each exit. It is put together behind the exit, when everybody who waits has
// been told: a start and its end pay nothing for it.

import Logging
import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLogs
import WharfMetadata

extension Containers {
    /// How many lines of the log an explanation has.
    private static let keptLines = 20

    /// Why a container ended, newest first. Also of one that is gone, by its id or the name that it had, for a day.
    ///
    /// - Throws: `notFound` when there is neither a container nor an exit of that name.
    public func why(_ reference: String, limit: Int = 10) async throws -> [ContainerExitExplanation] {
        let record: ContainerRecord?
        do throws(WharfError) {
            record = try table.resolve(reference)
        } catch {
            guard error.code == .notFound else { throw error }
            let gone = try await exits(ofRemoved: reference)
            if gone.isEmpty { throw error }
            return Array(gone.prefix(limit))
        }
        guard let record else { return [] }
        var exits = try await journal.read { transaction in
            try transaction.ids(ExitRow.self, prefix: record.id + ".", limit: 1000).compactMap {
                try transaction.get(ExitRow.self, id: $0)?.record.explanation
            }
        }
        exits.reverse()
        // The last one may not have been written yet, or its daemon died before it was.
        if let last = explanation(record), exits.first?.finishedAt != last.finishedAt || last.finishedAt == .zero {
            exits.insert(await withLines(last, record), at: 0)
        }
        return Array(exits.prefix(limit))
    }

    private func exits(ofRemoved reference: String) async throws -> [ContainerExitExplanation] {
        let all = try await journal.read { try $0.list(ExitRow.self).map(\.record.explanation) }
        return all.filter { $0.name == reference || ContainerID.isPrefix(reference) && $0.containerID.hasPrefix(reference) }
            .sorted { $1.finishedAt < $0.finishedAt }
    }

    /// Writes down why a run ended.
    func explain(_ record: ContainerRecord) async {
        guard let known = explanation(record) else { return }
        let row = ExitRow(await withLines(known, record))
        do {
            try await journal.write(durable: false) { transaction in
                try transaction.put(row)
                let ids = try transaction.ids(ExitRow.self, prefix: record.id + ".", limit: 1000)
                for id in ids.dropLast(ExitRow.keptPerContainer) { try transaction.delete(ExitRow.self, id: id) }
            }
        } catch {
            log.warning("an exit could not be explained", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
    }

    /// Drops the explanations of containers that have been gone for long.
    func expireExplanations() async {
        do {
            let now = Timestamp.now()
            let old = try await journal.read { try $0.list(ExitRow.self).map(\.record) }.filter { row in
                table.record(row.explanation.containerID) == nil
                    && now.elapsed(since: row.explanation.finishedAt) > ExitRow.keptAfterRemoval
            }
            guard !old.isEmpty else { return }
            try await journal.write(durable: false) { transaction in
                for row in old { try transaction.delete(ExitRow.self, id: row.id) }
            }
        } catch {
            log.warning("old explanations could not be dropped", metadata: ["error": "\(error)"])
        }
    }

    /// What the record knows about its last run's end; nil while it runs, and before it ever did.
    private func explanation(_ record: ContainerRecord) -> ContainerExitExplanation? {
        guard let last = record.state.lastExit else { return nil }
        var exit = ContainerExitExplanation()
        exit.containerID = record.id
        exit.name = record.name
        exit.image = record.config.image
        exit.exitCode = Int(last.exitCode)
        exit.signal = Int(last.signal)
        exit.startedAt = last.startedAt
        exit.finishedAt = last.finishedAt
        exit.error = last.error
        exit.restarts = record.state.isRestarting
        if last.wasOOMKilled {
            let limit = last.memoryLimit > 0 ? Int64(clamping: last.memoryLimit) : record.hostConfig.resources.memory
            exit.outOfMemory = .init(peak: Int64(clamping: last.memoryPeak), limit: limit)
        }
        // A signal of an earlier run explains nothing about this one.
        if let sent = record.lastSignal, last.startedAt <= sent.time {
            exit.sender = .init(verb: sent.verb.rawValue, signal: Int(sent.signal), time: sent.time)
        }
        exit.health = record.health?.log?.last { last.startedAt <= $0.start }
        exit.reason = ExitReason.text(exit, failedToStart: record.state.hasNeverRun)
        return exit
    }

    private func withLines(_ exit: ContainerExitExplanation, _ record: ContainerRecord) async -> ContainerExitExplanation {
        guard let files = logFiles(record) else { return exit }
        var exit = exit
        do {
            exit.lines = try await blocking.own {
                var reader = try LogReader(path: files.path, format: files.format, query: LogQuery(tail: Self.keptLines), isBounded: true)
                return try reader.next(limit: Self.keptLines).map { entry in
                    String(decoding: entry.line.last == UInt8(ascii: "\n") ? entry.line.dropLast() : entry.line[...], as: UTF8.self)
                }
            }
        } catch {
            log.debug("the end of a log can't be read", metadata: ["id": "\(record.id)", "error": "\(error)"])
        }
        return exit
    }
}
