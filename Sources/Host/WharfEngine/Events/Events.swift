// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The noun `events`: readers of the events table. There is one table and each reader has one cursor; a writer only
// wakes the readers. So nothing is lost between the past and the present, a slow client loses nothing, and order is the
// table's.

import Synchronization
public import WharfBlocking
public import WharfDockerAPI
import WharfError
public import WharfJSON
public import WharfMetadata

/// What happened, and what happens.
public final class Events: Sendable {
    private let store: MetadataStore
    private let blocking: Blocking
    private struct Listeners {
        var next: UInt64 = 0
        var continuations: [UInt64: AsyncStream<Void>.Continuation] = [:]
    }
    private let listeners = Mutex(Listeners())

    public init(store: MetadataStore, blocking: Blocking) {
        self.store = store
        self.blocking = blocking
    }

    /// Tells readers that the table has grown.
    func wake() {
        listeners.withLock { for continuation in $0.continuations.values { continuation.yield() } }
    }

    /// How many read, for info.
    public var listenerCount: Int { listeners.withLock { $0.continuations.count } }

    fileprivate func listen() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let ticket = listeners.withLock { listeners in
            listeners.next += 1
            listeners.continuations[listeners.next] = continuation
            return listeners.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.listeners.withLock { $0.continuations[ticket] = nil }
        }
        return stream
    }

    fileprivate func rows(after revision: Int64) async throws -> [StoredEvent] {
        try await blocking.own { [store] in try store.read { try $0.events(after: revision, limit: 256) } }
    }

    /// Where a reader begins: behind the last event, or before the first of a time.
    fileprivate func cursor(since: Timestamp?) async throws -> Int64 {
        try await blocking.own { [store] in
            try store.read { transaction in
                guard let since else { return try transaction.lastEventRevision() }
                let first = try transaction.events(since: since, until: nil, limit: 1).first
                return try first.map { $0.revision - 1 } ?? transaction.lastEventRevision()
            }
        }
    }

    /// Opens a reader.
    ///
    /// - Parameters:
    ///   - since: also what happened at and after this time.
    ///   - until: ends there; without it the reader follows until it is cancelled.
    ///   - cursor: goes on behind this event, whatever `since` says; 0 is before the first. Each event then says its own.
    /// - Throws: `invalidArgument` for filters and times that can't be.
    public func subscribe(
        since: Timestamp? = nil, until: Timestamp? = nil, filters: Filters = Filters(), cursor: Int64? = nil
    ) async throws -> EventStream {
        if let since, let until, until < since {
            throw WharfError(.invalidArgument, "`since` time (\(since.seconds)) cannot be after `until` time (\(until.seconds))")
        }
        let filter = EventFilter(filters)
        // Listening begins before the cursor is taken: what falls between wakes the reader.
        let news = listen()
        var stream = EventStream(
            events: self, news: news, cursor: 0, since: cursor == nil ? since : nil, until: until, filter: filter,
            tellsCursor: cursor != nil)
        if let cursor { stream.cursor = cursor } else { stream.cursor = try await self.cursor(since: since) }
        return stream
    }
}

/// A reader of events.
public struct EventStream: Sendable {
    let events: Events
    let news: AsyncStream<Void>
    var cursor: Int64
    let since: Timestamp?
    let until: Timestamp?
    let filter: EventFilter
    let tellsCursor: Bool

    /// Hands over events in their order until `until`, or until the caller is cancelled.
    public func run(_ write: @Sendable (EventMessage) async throws -> Void) async throws {
        var cursor = cursor
        var alarm: Alarm?
        defer { alarm?.cancel() }
        let (end, ended) = AsyncStream.makeStream(of: Void.self)
        if let until {
            let rest = until.elapsed(since: .now())
            if rest <= .zero { return try await drain(&cursor, write) }
            alarm = Alarm(after: rest) { ended.finish() }
        }
        // The reader's waking and its end come in through one stream.
        let (wakes, wake) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(4))
        let feeders = [
            Task { for await _ in news { wake.yield(false) } },
            Task {
                for await _ in end {}
                wake.yield(true)
            },
        ]
        defer { for feeder in feeders { feeder.cancel() } }
        try await drain(&cursor, write)
        for await isOver in wakes {
            try await drain(&cursor, write)
            if isOver { return }
        }
        try Task.checkCancellation()
    }

    private func drain(_ cursor: inout Int64, _ write: @Sendable (EventMessage) async throws -> Void) async throws {
        while true {
            let rows = try await events.rows(after: cursor)
            for row in rows {
                cursor = row.revision
                if let since, row.time < since { continue }
                if let until, row.time > until { continue }
                // Written by a version that said it in another way.
                guard let event = try? JSON.decode(EngineEvent.self, from: row.document) else { continue }
                guard filter.matches(event) else { continue }
                var message = EventMessage(event)
                if tellsCursor { message.cursor = row.revision }
                try await write(message)
            }
            if rows.isEmpty { return }
        }
    }
}

extension EventMessage {
    /// Docker's form, with the old fields for containers and images.
    init(_ event: EngineEvent) {
        self.init()
        type = event.type
        action = event.action
        actor = EventActor(id: event.id, attributes: event.attributes)
        time = event.time.seconds
        timeNano = event.time.unixNanoseconds
        if event.type == "container" || event.type == "image" {
            status = event.action
            id = event.id
            from = event.attributes["image"]
        }
    }
}
