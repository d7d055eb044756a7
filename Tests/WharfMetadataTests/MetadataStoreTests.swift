// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Rows: names are unique byte for byte, revisions rise, a transaction is all or nothing, unreadable rows are set aside.

import Testing
import WharfJSON
import WharfMetadata
import WharfSQLite
import WharfTestKit

/// A record as a noun would bring it.
struct Boat: MetadataRecord, Equatable {
    static let kind = "boat"
    static let schemaVersion = 2
    var id: String
    var name: String
    var crew: Int

    func write(to json: inout JSONWriter) {
        json.object {
            $0.field("id", id)
            $0.field("name", name)
            $0.field("crew", crew)
        }
    }
}

/// The same rows as an older version wrote them, and as a broken one did.
struct OldBoat: MetadataRecord {
    static let kind = "boat"
    static let schemaVersion = 1
    var id: String
    var name: String
    var crew = "many"

    func write(to json: inout JSONWriter) {
        json.object {
            $0.field("id", id)
            $0.field("crew", crew)
        }
    }
}

@Suite struct MetadataStoreTests {
    private let folder: TemporaryDirectory
    private let store: MetadataStore

    init() throws {
        folder = try TemporaryDirectory("metadata")
        store = try MetadataStore(path: folder.path("wharf.db"))
    }

    @Test func insertGetUpdateDelete() throws {
        try store.insert(Boat(id: "1", name: "emma", crew: 2))
        #expect(try store.get(Boat.self, id: "1")?.record == Boat(id: "1", name: "emma", crew: 2))
        #expect(try store.get(Boat.self, name: "emma")?.revision == 1)
        #expect(try store.update(Boat(id: "1", name: "olga", crew: 3), expecting: 1) == 2)
        #expect(try store.get(Boat.self, name: "emma") == nil)
        #expect(try store.get(Boat.self, name: "olga")?.record.crew == 3)
        #expect(throws: MetadataError.changed(kind: "boat", id: "1", expected: 1, found: 2)) {
            try store.update(Boat(id: "1", name: "olga", crew: 4), expecting: 1)
        }
        #expect(throws: MetadataError.notFound(kind: "boat", id: "9")) { try store.update(Boat(id: "9", name: "", crew: 0)) }
        #expect(try store.delete(Boat.self, id: "1"))
        #expect(try !store.delete(Boat.self, id: "1"))
        #expect(try store.list(Boat.self).isEmpty)
    }

    @Test func namesAreUniqueByBytes() throws {
        try store.insert(Boat(id: "1", name: "caf\u{e9}", crew: 1))
        // The same letters in another normal form are another name.
        try store.insert(Boat(id: "2", name: "cafe\u{301}", crew: 1))
        #expect(throws: MetadataError.nameTaken(kind: "boat", name: "caf\u{e9}", holder: "1")) {
            try store.insert(Boat(id: "3", name: "caf\u{e9}", crew: 1))
        }
        #expect(throws: MetadataError.idTaken(kind: "boat", id: "2")) { try store.insert(Boat(id: "2", name: "x", crew: 1)) }
        // No name collides with no name.
        try store.insert(Boat(id: "4", name: "", crew: 1))
        try store.insert(Boat(id: "5", name: "", crew: 1))
        #expect(try store.list(Boat.self).map(\.record.id) == ["1", "2", "4", "5"])
    }

    @Test func idsByPrefix() throws {
        for id in ["aa1", "aa2", "ab1"] { try store.insert(Boat(id: id, name: "", crew: 1)) }
        try store.read { transaction throws in
            #expect(try transaction.ids(Boat.self, prefix: "ab") == ["ab1"])
            #expect(try transaction.ids(Boat.self, prefix: "aa") == ["aa1", "aa2"])
            #expect(try transaction.ids(Boat.self, prefix: "a*") == [])
            #expect(try transaction.ids(Boat.self, prefix: "b") == [])
        }
    }

    @Test func aTransactionIsAllOrNothing() throws {
        struct Broken: Error {}
        #expect(throws: Broken.self) {
            try store.write(durable: true) { transaction throws in
                try transaction.insert(Boat(id: "1", name: "emma", crew: 1))
                try transaction.appendEvent("born", time: .now())
                throw Broken()
            }
        }
        #expect(try store.list(Boat.self).isEmpty)
        #expect(try store.read { try $0.lastEventRevision() } == 0)
    }

    @Test func unreadableRowsAreSetAsideWhole() throws {
        try store.insert(OldBoat(id: "1", name: "emma"))
        try store.insert(Boat(id: "2", name: "olga", crew: 1))
        #expect(try store.list(Boat.self).map(\.record.id) == ["2"])
        let aside = try store.setAsideRows()
        #expect(aside.map(\.id) == ["1"])
        #expect(aside.first?.kind == "boat")
        // The name is free again, and nothing is reported twice.
        try store.insert(Boat(id: "3", name: "emma", crew: 1))
        #expect(try store.list(Boat.self).count == 2)
        #expect(try store.setAsideRows().count == 1)
    }

    @Test func rowsOfANewerVersionAreSetAside() throws {
        try store.insert(Boat(id: "1", name: "emma", crew: 1))
        #expect(try store.get(OldBoat.self, id: "1") == nil)
        #expect(try store.setAsideRows().first?.reason.contains("newer version") == true)
    }

    @Test func rowsSurviveTheProcess() throws {
        try store.insert(Boat(id: "1", name: "emma", crew: 1), durable: false)
        let again = try MetadataStore(path: folder.path("wharf.db"))
        #expect(try again.get(Boat.self, id: "1")?.record.crew == 1)
    }
}
