// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Readers of the events table: the past, the present, filters, and that nothing is lost between.

import Synchronization
import Testing
import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfJSON

@testable import WharfEngine

@Suite("events", .timeLimit(.minutes(1))) struct EventsTests {
    private func collect(_ stream: EventStream) async throws -> [EventMessage] {
        let seen = Collected()
        try await stream.run { seen.add($0) }
        return seen.all
    }

    private final class Collected: Sendable {
        private let events = Mutex<[EventMessage]>([])
        func add(_ event: EventMessage) { events.withLock { $0.append(event) } }
        var all: [EventMessage] { events.withLock { $0 } }
    }

    @Test("the past, up to a time, filtered") func past() async throws {
        let fixture = try EngineFixture()
        let start = Timestamp.now()
        let (id, task) = try await fixture.run("web") { config, _ in config.labels = ["k": "v"] }
        _ = try await fixture.create("other")
        task.exit(3)
        try await fixture.happened("die", id)
        let end = Timestamp.now()
        func events(_ pairs: (String, String)...) async throws -> [EventMessage] {
            var filters = Filters()
            for (key, value) in pairs { filters.add(key, value) }
            return try await collect(try await fixture.events.subscribe(since: start, until: end, filters: filters))
        }
        #expect(try await events().map(\.action) == ["create", "start", "create", "die"])
        let die = try #require(try await events(("container", "web"), ("event", "die")).first)
        #expect(die.actor.id == id && die.actor.attributes["exitCode"] == "3" && die.actor.attributes["k"] == "v")
        #expect(die.actor.attributes["image"] == "busybox" && die.actor.attributes["name"] == "web")
        #expect(die.status == "die" && die.id == id && die.from == "busybox" && die.type == "container")
        #expect(try await events(("container", String(id.prefix(12)))).count == 3)
        #expect(try await events(("label", "k=v")).count == 3)
        #expect(try await events(("type", "image")).isEmpty)
        #expect(try await events(("image", "busybox"), ("event", "create"), ("event", "start")).count == 3)
        // Behind the end nothing is shown, and the reader ends at once.
        #expect(try await collect(try await fixture.events.subscribe(since: start.advanced(by: .seconds(-9)), until: start)).isEmpty)
    }

    @Test("the present, without a gap and in order, to every reader") func live() async throws {
        let fixture = try EngineFixture()
        let readers = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<3 {
                let stream = try await fixture.events.subscribe()
                group.addTask {
                    let seen = Collected()
                    struct Enough: Error {}
                    do {
                        try await stream.run { event in
                            seen.add(event)
                            if seen.all.count == 40 { throw Enough() }
                        }
                    } catch is Enough {}
                    return seen.all.map { "\($0.action) \($0.actor.id)" }
                }
            }
            for _ in 0..<10 {
                let (id, _) = try await fixture.run()
                try await fixture.containers.kill(id)
            }
            return try await group.reduce(into: [[String]]()) { $0.append($1) }
        }
        #expect(readers.count == 3)
        #expect(Set(readers).count == 1)
        #expect(readers[0].filter { $0.hasPrefix("die ") }.count == 10)
    }

    @Test("a cursor goes on where it was, also with the next daemon: nothing twice, nothing missing") func cursor() async throws {
        let old = try EngineFixture()
        let id = try await old.create("one")
        let first = try await collect(try await old.events.subscribe(until: .now(), cursor: 0))
        #expect(first.map(\.action) == ["create"])
        let cursor = try #require(first.last?.cursor)
        try await old.containers.rename(id, to: "two")
        let new = try old.reopened()
        _ = try await new.containers.restore()
        try await new.containers.remove(id)
        let rest = try await collect(try await new.events.subscribe(until: .now(), cursor: cursor))
        #expect(rest.map(\.action) == ["rename", "destroy"])
        #expect(rest.compactMap(\.cursor) == rest.compactMap(\.cursor).sorted() && (rest.first?.cursor ?? 0) > cursor)
        // Who does not ask by one sees nothing of it.
        #expect(
            try await collect(try await new.events.subscribe(since: Timestamp(seconds: 1), until: .now())).allSatisfy { $0.cursor == nil })
    }

    @Test("until in the future ends a reader") func untilFuture() async throws {
        let fixture = try EngineFixture()
        let stream = try await fixture.events.subscribe(until: Timestamp.now().advanced(by: .milliseconds(200)))
        #expect(try await collect(stream).isEmpty)
    }

    @Test("a cancelled reader leaves nothing behind") func cancelled() async throws {
        let fixture = try EngineFixture()
        let stream = try await fixture.events.subscribe()
        #expect(fixture.events.listenerCount == 1)
        let reader = Task { try await stream.run { _ in } }
        reader.cancel()
        _ = await reader.result
        let (id, _) = try await fixture.run()
        try await fixture.happened("start", id)
    }

    @Test("times that can't be are refused") func badTimes() async throws {
        let fixture = try EngineFixture()
        _ = await failure(.invalidArgument) {
            _ = try await fixture.events.subscribe(since: Timestamp(seconds: 20), until: Timestamp(seconds: 10))
        }
    }
}
