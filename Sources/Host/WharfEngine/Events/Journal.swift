// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// How the nouns write: rows and the events that tell of them in one transaction, listeners woken when it is done.

import WharfBlocking
import WharfMetadata

/// The engine's way to the database.
struct Journal: Sendable {
    let store: MetadataStore
    let events: Events
    let blocking: Blocking
    /// Order of the writes about one object.
    private let queues = KeyedLock("record")

    init(store: MetadataStore, events: Events, blocking: Blocking) {
        self.store = store
        self.events = events
        self.blocking = blocking
    }

    /// Runs `body` when all earlier writes about `id` are done.
    func ordered<Result: Sendable>(_ id: String, _ body: @Sendable () async throws -> Result) async throws -> Result {
        try await queues.withKey(id) { try await body() }
    }

    /// One transaction.
    ///
    /// - Throws: what the database throws, or the body; then nothing was written and nobody was told.
    @discardableResult
    func write<Result: Sendable>(
        durable: Bool, news: [EngineEvent] = [], _ body: @escaping @Sendable (MetadataTransaction) throws -> Result
    ) async throws -> Result {
        let result = try await blocking.own { [store] in
            try store.write(durable: durable) { transaction in
                let result = try body(transaction)
                for event in news { try transaction.appendEvent(event, time: event.time) }
                return result
            }
        }
        if !news.isEmpty { events.wake() }
        return result
    }

    /// Queries on one state of the database.
    func read<Result: Sendable>(_ body: @escaping @Sendable (MetadataTransaction) throws -> Result) async throws -> Result {
        try await blocking.own { [store] in try store.read(body) }
    }
}
