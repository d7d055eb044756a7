// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Packets from anybody, and the answers to them, byte by byte.

import Testing

@testable import WharfDNS

/// A query as a resolver sends it: id 0x1234, recursion wanted, one question.
func query(_ name: String, _ type: RecordType = .a, edns: Int? = nil) throws -> [UInt8] {
    let name = try #require(DomainName(name))
    var packet: [UInt8] = [0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, edns == nil ? 0 : 1]
    packet += name.wire + bytes(type.number) + [0, 1]
    if let edns { packet += [0] + bytes(41) + bytes(UInt16(edns)) + [0, 0, 0, 0, 0, 0] }
    return packet
}

@Suite("DNS packets") struct DNSPacketTests {
    @Test("a question is read") func reading() throws {
        let read = try DNSQuery(query("Db.Backend", .aaaa, edns: 1232))
        #expect(read.id == 0x1234)
        #expect(read.name == DomainName("db.backend"))
        #expect(read.type == .aaaa)
        #expect(read.wantsRecursion)
        #expect(read.datagramLimit == 1232)
        #expect(try DNSQuery(query("db")).datagramLimit == 512)
        #expect(try DNSQuery(query("db", edns: 100)).datagramLimit == 512)
    }

    @Test("an answer repeats the question letter by letter") func letters() throws {
        var packet = try query("db")
        packet[13] = UInt8(ascii: "D")
        let answer = DNSResponse(to: try DNSQuery(packet), records: [.address(try #require(HostAddress(bytes: [10, 1, 2, 3])))])
        #expect(
            answer.packet(limit: 512)
                == [
                    0x12, 0x34, 0x85, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 2, UInt8(ascii: "D"), UInt8(ascii: "b"), 0, 0, 1, 0, 1, 0xC0, 12, 0, 1,
                    0, 1,
                    0, 0, 2, 0x58, 0, 4, 10, 1, 2, 3,
                ])
    }

    @Test("what does not fit into a datagram is left out, and the answer says so") func truncation() throws {
        let addresses = (0..<100).compactMap { HostAddress(bytes: [10, 0, 0, UInt8($0)]) }
        let response = DNSResponse(to: try DNSQuery(query("many", edns: 512)), records: addresses.map { .address($0) })
        let packet = response.packet(limit: 512)
        #expect(packet.count <= 512)
        #expect(packet.count > 512 - 16)
        #expect(packet[2] & 0x02 != 0)
        let whole = response.packet(limit: 65535)
        #expect(whole[2] & 0x02 == 0)
        #expect(whole[7] == 100)
    }

    @Test(
        "what is no question is not answered",
        arguments: [[], [0x12], [UInt8](repeating: 0, count: 11), [0x12, 0x34, 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]])
    func dropped(packet: [UInt8]) {
        let error = #expect(throws: DNSError.self) { _ = try DNSQuery(packet) }
        guard case .malformed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("a question that can't be read is refused with its id") func refused() throws {
        func code(_ packet: [UInt8]) -> DNSError? { #expect(throws: DNSError.self) { _ = try DNSQuery(packet) } }
        let good = try query("db")
        #expect(code(good.dropLast()) == .refused(id: 0x1234, .formatError))
        var two = good
        two[5] = 2
        #expect(code(two) == .refused(id: 0x1234, .formatError))
        var update = good
        update[2] = 0x28
        #expect(code(update) == .refused(id: 0x1234, .notImplemented))
        // Names that point to themselves, forwards, into the header, or are of a kind that does not exist.
        for name: [UInt8] in [[0xC0, 12], [0xC0, 40], [0xC0, 0], [0x80, 0], [64]] {
            #expect(code(Array(good[..<12]) + name + [0, 1, 0, 1]) == .refused(id: 0x1234, .formatError), "\(name)")
        }
        #expect(DNSResponse.failure(id: 0x1234, .formatError) == [0x12, 0x34, 0x80, 0x81, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("names") func names() throws {
        #expect(DomainName("DB.backend.") == DomainName("db.Backend"))
        #expect(DomainName("") == DomainName("."))
        #expect(DomainName("a..b") == nil)
        #expect(DomainName(String(repeating: "a", count: 64)) == nil)
        #expect(DomainName(String(repeating: "a.", count: 127)) != nil)
        #expect(DomainName(String(repeating: "a.", count: 128)) == nil)
        #expect(DomainName(labels: [[0, UInt8(ascii: "."), UInt8(ascii: "x")]])?.description == "\\000\\046x")
    }

    @Test("an upstream's packet is an answer to this question, or nothing") func upstream() throws {
        let packet = try query("db.example")
        let asked = try DNSQuery(packet)
        func reply(_ change: (inout [UInt8]) -> Void) -> UpstreamReply {
            var reply = packet
            reply[2] |= 0x80
            change(&reply)
            return UpstreamReply(reply, to: asked)
        }
        #expect(reply { _ in } == .answer)
        #expect(reply { $0[3] |= 3 } == .answer)
        #expect(reply { $0[3] |= 2 } == .unable(.serverFailure))
        #expect(reply { $0[3] |= 5 } == .unable(.refused))
        #expect(reply { $0[1] += 1 } == .foreign)
        #expect(reply { $0[2] &= 0x7F } == .foreign)
        #expect(reply { $0[13] ^= 0x20 } == .foreign)
        #expect(
            reply {
                $0 = Array($0.prefix(12)); $0[5] = 0; $0[3] |= 5
            } == .unable(.refused))
        #expect(
            reply {
                $0 = Array($0.prefix(12)); $0[5] = 0
            } == .foreign)
        #expect(UpstreamReply([], to: asked) == .foreign)
    }
}
