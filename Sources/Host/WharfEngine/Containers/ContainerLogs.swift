// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `GET /containers/x/logs`: reads the files that the shim writes. Following watches the log's directory and ends when
// the container does; the shim writes the last line before it tells of the exit, so none is missed.

import Synchronization
import WharfBlocking
public import WharfDockerAPI
import WharfError
import WharfJSON
import WharfLinux
import WharfLogs
import WharfShimProtocol

/// Lines of a container's log, to be written to a client.
public struct ContainerLogStream: Sendable {
    /// The container has a terminal: lines are raw, else multiplexed.
    public let isTTY: Bool
    let containers: Containers
    let record: ContainerRecord
    let options: ContainerLogsOptions

    /// Writes the lines in pieces, in the client's pace; with `follow` until the container ends or the caller is cancelled.
    public func run(_ write: @Sendable ([UInt8]) async throws -> Void) async throws {
        guard let files = containers.logFiles(record) else { return }
        let path = files.path
        // A container that has not run yet has no folder for it.
        guard try await containers.blocking.own({ try path.parent.exists() }) else { return }
        let query = LogQuery(
            stdout: options.stdout, stderr: options.stderr, since: options.since, until: options.until,
            tail: options.tail.flatMap { $0 < 0 ? nil : $0 })
        // Watching begins before the first look, so that nothing falls between.
        let changes = options.follow && record.state.isRunning ? try LogChanges(containers, record.id, path) : nil
        // Without `follow` what is there now is all.
        let isBounded = !options.follow
        let cursor = try await containers.blocking.own {
            LogCursor(try LogReader(path: path, format: files.format, query: query, isBounded: isBounded, compressor: GzipLogCompressor()))
        }
        try await drain(cursor, write)
        guard let changes else { return }
        for await change in changes.stream {
            try await drain(cursor, write)
            if change == .ended || cursor.isFinished { return }
        }
        try Task.checkCancellation()
    }

    private func drain(_ cursor: LogCursor, _ write: @Sendable ([UInt8]) async throws -> Void) async throws {
        while true {
            let bytes = try await containers.blocking.own { [self] in try cursor.next().reduce(into: [UInt8]()) { render($1, into: &$0) } }
            if bytes.isEmpty { return }
            try await write(bytes)
        }
    }

    private func render(_ entry: LogEntry, into bytes: inout [UInt8]) {
        var line = entry.line
        if options.details { line = LogAttributes.details(entry.attributes) + [UInt8(ascii: " ")] + line }
        if options.timestamps { line = Array("\(entry.timestamp.rfc3339Fixed) ".utf8) + line }
        if !isTTY { StreamFraming.appendHeader(entry.stream == .stdout ? .stdout : .stderr, count: line.count, to: &bytes) }
        bytes += line
    }
}

/// A reader that moves between the threads of the blocking lane, one at a time.
private final class LogCursor: Sendable {
    private let reader: Mutex<LogReader>

    init(_ reader: sending LogReader) { self.reader = Mutex(reader) }

    /// The next entries, at most 256 of them; empty at the end of what is there.
    func next() throws -> [LogEntry] {
        try reader.withLock { reader in
            try reader.next(limit: 256)
        }
    }

    var isFinished: Bool { reader.withLock { $0.isFinished } }
}

/// Tells that the log may have changed, and when the container has ended.
private final class LogChanges: Sendable {
    enum Change: Sendable { case changed, ended }

    let stream: AsyncStream<Change>
    private let follower: LogFollower
    private let reactor: ShimReactor
    private let token: UInt64
    private let end: Task<Void, Never>

    init(_ containers: Containers, _ id: String, _ path: HostPath) throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Change.self, bufferingPolicy: .bufferingNewest(1))
        self.stream = stream
        let follower = try LogFollower(path: path)
        self.follower = follower
        reactor = containers.reactor
        token = try reactor.add(follower.descriptor, .readable) { _ in
            // What can't be drained will be reported again.
            try? follower.drain()
            continuation.yield(.changed)
        }
        end = Task {
            _ = await containers.waitForExit(id, within: nil)
            // Finishing first would let a full buffer swallow the last word.
            continuation.yield(.ended)
            continuation.finish()
        }
    }

    deinit {
        end.cancel()
        reactor.remove(follower.descriptor, token: token)
    }
}

extension Containers {
    /// Opens a container's log.
    ///
    /// - Throws: `notFound`, `invalidArgument` when no stream is chosen, `notImplemented` for a driver that keeps nothing.
    public func logs(_ reference: String, options: ContainerLogsOptions) async throws -> ContainerLogStream {
        let record = try table.resolve(reference)
        guard options.stdout || options.stderr else {
            throw WharfError(.invalidArgument, "Bad parameters: you must choose at least one stream")
        }
        guard logFiles(record) != nil else {
            throw WharfError(.notImplemented, "configured logging driver does not support reading")
        }
        return logStream(record, options)
    }

    func logStream(_ record: ContainerRecord, _ options: ContainerLogsOptions) -> ContainerLogStream {
        ContainerLogStream(isTTY: record.config.tty, containers: self, record: record, options: options)
    }
}
