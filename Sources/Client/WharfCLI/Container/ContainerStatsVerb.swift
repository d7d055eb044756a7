// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf stats`: what containers use, once or as a table that renews itself. Each container's samples come on a stream of its own;
// the table is drawn anew when one arrives.

import Synchronization
import WharfClient
import WharfDockerAPI
import WharfJSON

/// Shows what containers use.
enum ContainerStatsVerb {
    static let all = Flag.on("all", "a", "Show all containers (default shows just running)")
    static let format = Flag.text("format", nil, FormatHelp.list)
    static let noStream = Flag.on("no-stream", nil, "Disable streaming stats and only pull the first result")
    static let noTruncation = Flag.on("no-trunc", nil, "Do not truncate output")

    static let command = Command(
        name: "stats", usage: "[OPTIONS] [CONTAINER...]", summary: "Display a live stream of container(s) resource usage statistics",
        aliases: ["wharf container stats", "wharf stats"], operands: .atLeast(0), flags: [all, format, noStream, noTruncation]
    ) { call in
        let chosen = call[format].isEmpty ? call.config.text("statsFormat") : call[format]
        let listFormat = try ListFormat(
            chosen, standard: StatsRow.columns, headers: StatsRow.headers, rowType: "*container.statsContext", checksEarly: true)
        let board = StatsBoard()
        if call[noStream] {
            let names = call.operands.isEmpty ? try await running(call) : call.operands
            let errors = await collectOnce(names, board, call)
            call.console.out(try listFormat.text(board.rows(truncated: !call[noTruncation])))
            for error in errors { call.console.error(error) }
            return errors.isEmpty ? 0 : 1
        }
        return try await stream(board, listFormat, call)
    }

    /// Ids of those that the list shows.
    private static func running(_ call: Invocation) async throws -> [String] {
        try await call.client.containers(ContainerListOptions(all: call[all])).map { shortID($0.id) }
    }

    private static func collectOnce(_ names: [String], _ board: StatsBoard, _ call: Invocation) async -> [String] {
        for name in names { board.add(name) }
        return await withTaskGroup(of: String?.self) { group in
            for name in names {
                group.addTask {
                    do {
                        try await call.client.containerStats(name, stream: false).forEachLine { try board.set(name, sample: $0) }
                        return nil
                    } catch {
                        board.remove(name)
                        return "\(error)"
                    }
                }
            }
            var errors: [String] = []
            for await error in group { if let error { errors.append(error) } }
            return errors
        }
    }

    // MARK: The table that renews itself

    private static func stream(_ board: StatsBoard, _ format: ListFormat, _ call: Invocation) async throws -> Int32 {
        let (changes, changed) = AsyncStream.makeStream(of: StatsChange.self, bufferingPolicy: .unbounded)
        let watchesAll = call.operands.isEmpty
        let names = watchesAll ? try await running(call) : call.operands
        return try await withThrowingTaskGroup(of: Void.self) { group in
            if watchesAll { group.addTask { try await follow(call, changed) } }
            for name in names where board.add(name) { group.addTask { await watch(name, board, call, changed) } }
            call.console.out("\u{1B}[2J")
            try draw(board, format, call)
            for await change in changes {
                switch change {
                case .sample: break
                case .began(let id): if board.add(id) { group.addTask { await watch(id, board, call, changed) } }
                case .ended(let id): board.remove(id)
                case .failed(let name, let error):
                    board.remove(name)
                    call.console.error(error)
                }
                // Of a row of samples only the last is worth a picture.
                if case .sample = change, board.tookSample() { continue }
                try draw(board, format, call)
                if !watchesAll, board.isEmpty {
                    group.cancelAll()
                    return 1
                }
            }
            return 0
        }
    }

    private static func watch(
        _ name: String, _ board: StatsBoard, _ call: Invocation, _ changed: AsyncStream<StatsChange>.Continuation
    ) async {
        do {
            try await call.client.containerStats(name, stream: true).forEachLine {
                try board.set(name, sample: $0)
                board.gotSample()
                changed.yield(.sample)
            }
            changed.yield(.ended(name))
        } catch {
            changed.yield(.failed(name, "\(error)"))
        }
    }

    /// Containers that come and go while all are watched.
    private static func follow(_ call: Invocation, _ changed: AsyncStream<StatsChange>.Continuation) async throws {
        var filters = Filters()
        filters.add("type", "container")
        for action in call[all] ? ["create", "destroy"] : ["start", "die"] { filters.add("event", action) }
        try await call.client.events(since: nil, until: nil, filters: filters).forEachLine { line in
            let event = try JSON.decode(EventMessage.self, from: line)
            let id = shortID(event.actor.id)
            changed.yield(event.action == "start" || event.action == "create" ? .began(id) : .ended(id))
        }
        throw ExitError("the daemon ended the events")
    }

    private static func draw(_ board: StatsBoard, _ format: ListFormat, _ call: Invocation) throws {
        let lines = try format.text(board.rows(truncated: !call[noTruncation])).split(separator: "\n", omittingEmptySubsequences: false)
        call.console.out("\u{1B}[H" + lines.dropLast().map { $0 + "\u{1B}[K\n" }.joined() + "\u{1B}[J")
    }
}

/// What moves the table.
enum StatsChange: Sendable {
    case sample
    case began(String)
    case ended(String)
    case failed(String, String)
}
