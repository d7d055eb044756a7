// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A question from a container or an answer from an upstream: header and question (RFC 1035, 4.1), and how long an answer the
// asker takes (EDNS, RFC 6891).

/// The types that the name server knows; all others are numbers.
public struct RecordType: Sendable, Hashable {
    public let number: UInt16

    public init(_ number: UInt16) { self.number = number }

    public static let a = RecordType(1)
    public static let ptr = RecordType(12)
    public static let mx = RecordType(15)
    public static let aaaa = RecordType(28)
    public static let srv = RecordType(33)
    public static let opt = RecordType(41)
}

/// RFC 1035, 4.1.1.
public enum ResponseCode: UInt8, Sendable {
    case success = 0
    case formatError = 1
    case serverFailure = 2
    case nameError = 3
    case notImplemented = 4
    case refused = 5
}

/// One question.
public struct DNSQuery: Sendable, Equatable {
    /// What an asker takes over UDP unless it says otherwise.
    public static let plainLimit = 512

    public let id: UInt16
    public let name: DomainName
    public let type: RecordType
    /// 1 is the Internet; nothing else is answered here.
    public let recordClass: UInt16
    public let wantsRecursion: Bool
    /// How many bytes the asker takes in a datagram, 512 to 65,535.
    public let datagramLimit: Int
    /// Whether the asker speaks EDNS, and so gets an OPT record back.
    public let speaksEDNS: Bool
    /// Name, type and class, letter by letter as they were asked: an answer repeats them.
    let question: [UInt8]

    /// Reads a query. `.malformed` where nothing can be answered, `.refused` where only a code can.
    public init(_ packet: [UInt8]) throws(DNSError) {
        var reader = PacketReader(packet)
        let header = try Header(&reader)
        guard !header.isResponse else { throw .malformed("an answer, not a question") }
        guard header.operation == 0 else { throw .refused(id: header.id, .notImplemented) }
        guard header.questions == 1 else { throw .refused(id: header.id, .formatError) }
        do throws(DNSError) {
            let start = reader.position
            name = try DomainName(reading: &reader)
            type = RecordType(try reader.short())
            recordClass = try reader.short()
            question = Array(packet[start..<reader.position])
            // Nothing stands before it that a pointer could lead to.
            guard question.count == name.wire.count + 4 else { throw .malformed("a question that points into the header") }
            var limit: Int?
            for _ in 0..<(header.answers + header.authorities + header.additionals) {
                let (type, recordClass) = try DNSQuery.skipRecord(&reader)
                if type == .opt { limit = max(DNSQuery.plainLimit, Int(recordClass)) }
            }
            datagramLimit = limit ?? DNSQuery.plainLimit
            speaksEDNS = limit != nil
        } catch {
            throw .refused(id: header.id, .formatError)
        }
        id = header.id
        wantsRecursion = header.wantsRecursion
    }

    /// Passes a record over.
    private static func skipRecord(_ reader: inout PacketReader) throws(DNSError) -> (RecordType, UInt16) {
        _ = try DomainName(reading: &reader)
        let type = RecordType(try reader.short())
        let recordClass = try reader.short()
        _ = try reader.bytes(4)
        _ = try reader.bytes(Int(try reader.short()))
        return (type, recordClass)
    }
}

/// The first twelve bytes.
struct Header {
    static let size = 12

    let id: UInt16
    let flags: UInt16
    let questions: Int
    let answers: Int
    let authorities: Int
    let additionals: Int

    init(_ reader: inout PacketReader) throws(DNSError) {
        id = try reader.short()
        flags = try reader.short()
        questions = Int(try reader.short())
        answers = Int(try reader.short())
        authorities = Int(try reader.short())
        additionals = Int(try reader.short())
    }

    var isResponse: Bool { flags & 0x8000 != 0 }
    var operation: UInt16 { flags >> 11 & 0xF }
    var wantsRecursion: Bool { flags & 0x0100 != 0 }
    var code: UInt8 { UInt8(flags & 0xF) }
}
