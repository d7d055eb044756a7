// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What a container is told: names of its networks, in turn and backwards, and nothing of other networks.

import Testing

@testable import WharfDNS

@Suite("names in networks") struct NameTableTests {
    private static func address(_ bytes: UInt8...) throws -> HostAddress { try #require(HostAddress(bytes: bytes)) }

    private static func names(_ domain: String, _ members: [([String], [HostAddress])]) throws -> NetworkNames {
        var names = NetworkNames(domain: try #require(DomainName(domain)))
        for (called, addresses) in members { names.add(try called.map { try #require(DomainName($0)) }, addresses: addresses) }
        return names
    }

    private static func table() throws -> NameTable {
        let six = try #require(HostAddress(bytes: [0xFD] + [UInt8](repeating: 0, count: 14) + [9]))
        return NameTable(networks: [
            try names("front", [(["web1", "web"], [address(10, 1, 0, 2)]), (["web2", "web"], [address(10, 1, 0, 3)])]),
            try names("back.end", [(["db", "d0cafe"], [address(10, 2, 0, 9), six]), (["web1"], [address(10, 2, 0, 2)])]),
        ])
    }

    private static func ask(_ table: NameTable, _ name: String, _ type: RecordType = .a, turn: Int = 0) throws -> [RecordData]? {
        table.answer(try DNSQuery(query(name, type)), turn: turn)?.records
    }

    @Test("names, aliases and short ids are found, in any case, with and without their network") func found() throws {
        let table = try Self.table()
        let db = [RecordData.address(try Self.address(10, 2, 0, 9))]
        for name in ["db", "DB", "db.", "d0cafe", "db.back.end"] { #expect(try Self.ask(table, name) == db, "\(name)") }
        #expect(try Self.ask(table, "db", .aaaa)?.count == 1)
    }

    @Test("members of one name take turns") func turns() throws {
        let table = try Self.table()
        let first = try (0..<4).map { try #require(try Self.ask(table, "web", turn: $0)) }
        #expect(first.allSatisfy { $0.count == 2 })
        #expect(first[0][0] != first[1][0])
        #expect(first[0] == first[2])
        #expect(first[1] == first[3])
    }

    @Test("the first network's addresses are preferred, the other's are found by its name") func preferred() throws {
        let table = try Self.table()
        #expect(try Self.ask(table, "web1") == [.address(Self.address(10, 1, 0, 2))])
        #expect(try Self.ask(table, "web1.back.end") == [.address(Self.address(10, 2, 0, 2))])
    }

    @Test("a name that has no record of the type asked for is not asked elsewhere") func noData() throws {
        let table = try Self.table()
        for type in [RecordType.aaaa, .mx, RecordType(16), RecordType(65)] { #expect(try Self.ask(table, "web", type) == [], "\(type)") }
    }

    @Test("other names, classes and addresses are asked elsewhere") func elsewhere() throws {
        let table = try Self.table()
        for name in ["example.com", "dbx", "db.front", "back.end", "front", "."] { #expect(try Self.ask(table, name) == nil, "\(name)") }
        var chaos = try query("db")
        chaos[chaos.count - 1] = 3
        #expect(table.answer(try DNSQuery(chaos), turn: 0) == nil)
        #expect(try Self.ask(table, "4.0.1.10.in-addr.arpa", .ptr) == nil)
    }

    @Test("a table without the network does not know its names") func separate() throws {
        var table = try Self.table()
        table.networks.removeLast()
        #expect(try Self.ask(table, "db") == nil)
        #expect(try Self.ask(table, "9.0.2.10.in-addr.arpa", .ptr) == nil)
    }

    @Test("plain names stay here where the resolver tries its search domains first") func plain() throws {
        var table = try Self.table()
        table.keepsPlainNames = true
        #expect(try Self.ask(table, "nobody") == [])
        #expect(try Self.ask(table, "nobody.example") == nil)
    }

    @Test("addresses are asked backwards") func backwards() throws {
        let table = try Self.table()
        let name = RecordData.pointer(try #require(DomainName("db.back.end")))
        #expect(try Self.ask(table, "9.0.2.10.in-addr.arpa", .ptr) == [name])
        let nibbles = "9." + String(repeating: "0.", count: 29) + "d.f.ip6.arpa"
        #expect(try Self.ask(table, nibbles, .ptr) == [name])
        for bad in ["09.0.2.10.in-addr.arpa", "300.0.2.10.in-addr.arpa", "0.2.10.in-addr.arpa", "x.ip6.arpa"] {
            #expect(try Self.ask(table, bad, .ptr) == nil, "\(bad)")
        }
    }
}

@Suite("resolv.conf") struct ResolverSettingsTests {
    @Test("a file is read as the C library reads it") func reading() {
        let settings = ResolverSettings(
            reading: Array(
                "# made by hand\nnameserver 10.0.0.1 ; first\n nameserver\tfe80::1%eth0\ndomain a\nsearch b c\noptions ndots:2\noptions edns0\n"
                    .utf8))
        #expect(settings == ResolverSettings(servers: ["10.0.0.1", "fe80::1%eth0"], search: ["b", "c"], options: ["ndots:2", "edns0"]))
        #expect(settings.dots == 2)
        #expect(ResolverSettings(reading: []) == ResolverSettings())
        #expect(ResolverSettings(reading: [0xFF, 10, 10]).dots == nil)
    }

    @Test("what is written is read again") func writing() {
        let settings = ResolverSettings(servers: ["127.0.0.11"], search: ["x.y"], options: ["ndots:0"])
        #expect(settings.text == "nameserver 127.0.0.11\nsearch x.y\noptions ndots:0\n")
        #expect(ResolverSettings(reading: Array(settings.text.utf8)) == settings)
    }
}
