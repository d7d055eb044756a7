// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The bytes of a message's fields: numbered, skippable, without a schema at run time. Hand-written because the shim
// must stay small and because nothing here may trap, whatever the peer sends.

/// A message or part of one that knows its field numbers.
protocol WireMessage {
    /// The zero value, to be filled by `read`.
    init()
    /// Takes one field; an unknown number is ignored.
    mutating func read(_ field: Field) throws(ShimProtocolError)
    /// Writes the fields that differ from zero.
    func write(to fields: inout FieldWriter)
}

extension WireMessage {
    /// Reads all fields of `body`.
    init(body: ArraySlice<UInt8>) throws(ShimProtocolError) {
        self.init()
        var reader = FieldReader(body)
        while let field = try reader.next() { try read(field) }
    }

    /// The fields as bytes.
    var body: [UInt8] {
        var writer = FieldWriter()
        write(to: &writer)
        return writer.bytes
    }
}

/// One field as it arrived.
struct Field {
    let number: Int
    private let integer: UInt64
    /// The bytes of a length-delimited field, empty for a varint.
    let bytes: ArraySlice<UInt8>

    init(number: Int, integer: UInt64 = 0, bytes: ArraySlice<UInt8> = []) {
        self.number = number
        self.integer = integer
        self.bytes = bytes
    }

    func unsigned<T: FixedWidthInteger & UnsignedInteger>() throws(ShimProtocolError) -> T {
        guard let value = T(exactly: integer) else { throw .outOfRange(field: number) }
        return value
    }

    /// Zigzag: 0, -1, 1, -2 … are sent as 0, 1, 2, 3 ….
    func signed<T: FixedWidthInteger & SignedInteger>() throws(ShimProtocolError) -> T {
        let value = Int64(bitPattern: integer >> 1) ^ -Int64(bitPattern: integer & 1)
        guard let value = T(exactly: value) else { throw .outOfRange(field: number) }
        return value
    }

    var flag: Bool { integer != 0 }

    /// A text without NUL, so that it is the same text for the kernel.
    func text() throws(ShimProtocolError) -> String {
        // What is not UTF-8 would be repaired, and so differ. The generic `String(validating:)` costs an idle shim pages.
        var text = String(decoding: bytes, as: UTF8.self)
        guard !bytes.contains(0), text.withUTF8({ $0.elementsEqual(bytes) }) else { throw .invalidText(field: number) }
        return text
    }

    func message<M: WireMessage>(_ type: M.Type = M.self) throws(ShimProtocolError) -> M { try M(body: bytes) }
}

/// Walks over the fields of a body.
struct FieldReader {
    private var rest: ArraySlice<UInt8>

    init(_ body: ArraySlice<UInt8>) { rest = body }

    /// The next field, nil at the end.
    mutating func next() throws(ShimProtocolError) -> Field? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard let number = Int(exactly: tag >> 3), number > 0 else { throw .outOfRange(field: 0) }
        switch tag & 7 {
        case 0:
            return Field(number: number, integer: try varint())
        case 2:
            guard let count = Int(exactly: try varint()), count <= rest.count else { throw .truncated }
            defer { rest = rest.dropFirst(count) }
            return Field(number: number, bytes: rest.prefix(count))
        case let type:
            throw .badFieldType(Int(type))
        }
    }

    private mutating func varint() throws(ShimProtocolError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            // The tenth byte has room for one bit.
            guard shift < 63 || byte <= 1 else { throw .outOfRange(field: 0) }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .truncated
    }
}

/// Collects fields. Zero values are not written.
struct FieldWriter {
    private(set) var bytes: [UInt8] = []

    mutating func unsigned(_ number: Int, _ value: some FixedWidthInteger & UnsignedInteger) {
        guard value != 0 else { return }
        varint(UInt64(number) << 3)
        varint(UInt64(truncatingIfNeeded: value))
    }

    mutating func signed(_ number: Int, _ value: some FixedWidthInteger & SignedInteger) {
        let wide = Int64(truncatingIfNeeded: value)
        unsigned(number, UInt64(bitPattern: (wide << 1) ^ (wide >> 63)))
    }

    mutating func flag(_ number: Int, _ value: Bool) { unsigned(number, value ? UInt8(1) : 0) }

    mutating func text(_ number: Int, _ value: String) { if !value.isEmpty { element(number, Array(value.utf8)) } }

    mutating func bytes(_ number: Int, _ value: [UInt8]) { if !value.isEmpty { element(number, value) } }

    mutating func message(_ number: Int, _ value: (some WireMessage)?) { if let value { element(number, value.body) } }

    mutating func messages(_ number: Int, _ values: [some WireMessage]) { for value in values { element(number, value.body) } }

    mutating func texts(_ number: Int, _ values: [String]) { for value in values { element(number, Array(value.utf8)) } }

    private mutating func element(_ number: Int, _ value: [UInt8]) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
