// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reads a packet byte by byte; what is beyond its end is an error, never a crash.

/// Why a packet can't be used.
public enum DNSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes are no packet that could be answered; the reason in words.
    case malformed(String)
    /// A query that can be answered with nothing but this code.
    case refused(id: UInt16, ResponseCode)

    public var description: String {
        switch self {
        case .malformed(let reason): "malformed packet: \(reason)"
        case .refused(_, let code): "query refused: \(code)"
        }
    }
}

/// A place in a packet.
struct PacketReader {
    private let packet: [UInt8]
    /// The next byte's offset.
    var position = 0

    init(_ packet: [UInt8]) { self.packet = packet }

    mutating func byte() throws(DNSError) -> UInt8 {
        guard position < packet.count else { throw .malformed("it is cut off") }
        defer { position += 1 }
        return packet[position]
    }

    /// Two bytes, the high one first.
    mutating func short() throws(DNSError) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }

    mutating func bytes(_ count: Int) throws(DNSError) -> ArraySlice<UInt8> {
        guard count <= packet.count - position else { throw .malformed("it is cut off") }
        defer { position += count }
        return packet[position..<position + count]
    }
}
