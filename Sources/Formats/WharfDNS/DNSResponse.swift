// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Answers: what the name server says itself, and what it makes of an upstream's.

/// A record of an answer.
public enum RecordData: Sendable, Equatable {
    case address(HostAddress)
    case pointer(DomainName)
}

/// An answer of our own to a query.
public struct DNSResponse: Sendable {
    /// How long an asker may keep a record, in seconds; Docker's.
    static let lifetime: UInt32 = 600

    let query: DNSQuery
    let code: ResponseCode
    let records: [RecordData]

    public init(to query: DNSQuery, _ code: ResponseCode = .success, records: [RecordData] = []) {
        self.query = query
        self.code = code
        self.records = records
    }

    /// The packet, at most `limit` bytes: what does not fit is left out and the packet says so.
    public func packet(limit: Int) -> [UInt8] {
        var opt: [UInt8] = []
        // No name, the type, what is taken here in a datagram, no flags, no data.
        if query.speaksEDNS { opt = [0] + bytes(RecordType.opt.number) + bytes(UInt16(DNSQuery.plainLimit * 8)) + [0, 0, 0, 0, 0, 0] }
        var body: [UInt8] = []
        var count = 0
        for record in records {
            let encoded = encode(record)
            if Header.size + query.question.count + body.count + encoded.count + opt.count > limit || count == Int(UInt16.max) { break }
            body += encoded
            count += 1
        }
        // An answer, with authority; recursion is there.
        var flags: UInt16 = 0x8480 | UInt16(code.rawValue)
        if query.wantsRecursion { flags |= 0x0100 }
        if count < records.count { flags |= 0x0200 }
        var packet = bytes(query.id) + bytes(flags) + bytes(1) + bytes(UInt16(count)) + bytes(0)
        packet += bytes(query.speaksEDNS ? 1 : 0)
        return packet + query.question + body + opt
    }

    /// The packet for a query that could not be read further than its id.
    public static func failure(id: UInt16, _ code: ResponseCode) -> [UInt8] {
        bytes(id) + bytes(0x8080 | UInt16(code.rawValue)) + [UInt8](repeating: 0, count: 8)
    }

    private func encode(_ record: RecordData) -> [UInt8] {
        let type: RecordType
        let data: [UInt8]
        switch record {
        case .address(let address):
            type = address.isIPv4 ? .a : .aaaa
            data = address.bytes
        case .pointer(let name):
            type = .ptr
            data = name.wire
        }
        // The name is the question's, right behind the header.
        let lifetime = DNSResponse.lifetime
        return [0xC0, UInt8(Header.size)] + bytes(type.number) + bytes(1) + bytes(UInt16(lifetime >> 16)) + bytes(UInt16(lifetime & 0xFFFF))
            + bytes(UInt16(data.count)) + data
    }
}

/// What an upstream's packet is worth.
public enum UpstreamReply: Sendable, Equatable {
    /// The answer to the query, to be passed on as it is.
    case answer
    /// The upstream can't say; another one may.
    case unable(ResponseCode)
    /// Not an answer to this query: somebody else's, or a forgery.
    case foreign

    /// Judges a packet that came from where the query was sent to. Id and question must be the query's, letter by letter.
    public init(_ packet: [UInt8], to query: DNSQuery) {
        var reader = PacketReader(packet)
        guard let header = try? Header(&reader), header.isResponse, header.id == query.id else {
            self = .foreign
            return
        }
        let question = packet.dropFirst(Header.size).prefix(query.question.count)
        // Some answer an error without the question.
        let isBare = header.questions == 0 && header.code != ResponseCode.success.rawValue
        guard isBare || (header.questions == 1 && question.elementsEqual(query.question)) else {
            self = .foreign
            return
        }
        switch ResponseCode(rawValue: header.code) {
        case .serverFailure: self = .unable(.serverFailure)
        case .refused: self = .unable(.refused)
        default: self = .answer
        }
    }
}

/// Two bytes, the high one first.
func bytes(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }
