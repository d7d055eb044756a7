// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Who holds what, and what happened.

import Testing
import WharfJSON
import WharfMetadata
import WharfTestKit

@Suite struct HoldersAndEventsTests {
    private let folder: TemporaryDirectory
    private let store: MetadataStore
    private let image = HeldResource(kind: "image", id: "i1")

    init() throws {
        folder = try TemporaryDirectory("holders")
        store = try MetadataStore(path: folder.path("wharf.db"))
    }

    @Test func holdsAreCountedByHolder() throws {
        try store.write(durable: true) { transaction throws in
            try transaction.acquire(image, holder: "container/a")
            try transaction.acquire(image, holder: "container/a")
            try transaction.acquire(image, holder: "container/b")
            #expect(try transaction.holders(of: image) == ["container/a", "container/b"])
            #expect(try transaction.release(image, holder: "container/a"))
            #expect(try !transaction.release(image, holder: "container/a"))
            #expect(try transaction.heldIDs(kind: "image") == ["i1"])
            #expect(try transaction.releaseAll(holder: "container/b") == [image])
            #expect(try transaction.heldIDs(kind: "image") == [])
        }
    }

    @Test func anExpiredHoldCountsNoMore() throws {
        let now = Timestamp(seconds: 1_000_000)
        let later = Timestamp(seconds: 1_000_060)
        try store.write(durable: false) { transaction throws in
            try transaction.acquire(image, holder: "pull/1", expires: Timestamp(seconds: 1_000_030))
            #expect(try transaction.holders(of: image, now: now) == ["pull/1"])
            #expect(try transaction.holders(of: image, now: later) == [])
            // Holding again keeps the later expiry; holding without one is for ever.
            try transaction.acquire(image, holder: "pull/1", expires: Timestamp(seconds: 1_000_010))
            #expect(try transaction.holders(of: image, now: Timestamp(seconds: 1_000_020)) == ["pull/1"])
            try transaction.acquire(image, holder: "pull/1")
            #expect(try transaction.dropExpiredHolds(now: later) == 0)
            #expect(try transaction.holders(of: image, now: later) == ["pull/1"])
        }
    }

    @Test func eventsKeepTheirCursor() throws {
        try store.write(durable: false) { transaction throws in
            for number in 1...5 { #expect(try transaction.appendEvent(number, time: Timestamp(seconds: Int64(number))) == Int64(number)) }
        }
        try store.write(durable: false) { transaction throws in
            #expect(try transaction.events(after: 3).map(\.revision) == [4, 5])
            #expect(try transaction.events(after: 0, limit: 2).map(\.document) == [Array("1".utf8), Array("2".utf8)])
            #expect(try transaction.events(since: Timestamp(seconds: 2), until: Timestamp(seconds: 3)).map(\.revision) == [2, 3])
            #expect(try transaction.trimEvents(keep: 2) == 3)
            #expect(try transaction.events(after: 0).map(\.revision) == [4, 5])
            #expect(try transaction.trimEvents(keep: 0) == 2)
            // A trimmed revision is not given again.
            #expect(try transaction.appendEvent(6, time: .now()) == 6)
            #expect(try transaction.lastEventRevision() == 6)
        }
    }
}
