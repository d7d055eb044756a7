// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Go writes a slice of bytes as base64 text (RFC 4648, section 4). Exec inspect shows its detach keys so, and the
// registry credentials of a request header travel the same way.

public import WharfJSON

/// Bytes whose JSON form is a base64 string.
public struct Base64Bytes: Sendable, Equatable, Decodable, JSONWritable {
    /// The bytes themselves.
    public var bytes: [UInt8]

    /// Wraps bytes; none is `""`.
    public init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    /// Reads padded base64.
    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let bytes = Self.decode(text) else { throw JSONError.invalid("illegal base64 data") }
        self.bytes = bytes
    }

    /// Reads either alphabet of RFC 4648, with padding or without; nil for anything else.
    public init?(lenient text: String) {
        var common = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: byte
            }
        }
        if common.last != UInt8(ascii: "=") {
            while common.count % 4 != 0 { common.append(UInt8(ascii: "=")) }
        }
        guard let bytes = Self.decode(String(decoding: common, as: UTF8.self)) else { return nil }
        self.bytes = bytes
    }

    /// The padded text in the alphabet for URLs.
    public var urlText: String {
        String(
            decoding: text.utf8.map { byte in
                switch byte {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "/"): UInt8(ascii: "_")
                default: byte
                }
            }, as: UTF8.self)
    }

    /// The quoted text.
    public func write(to json: inout JSONWriter) { json.string(text) }

    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The padded text.
    public var text: String {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let group = bytes[index..<min(index + 3, bytes.count)]
            let word = group.enumerated().reduce(UInt32(0)) { $0 | UInt32($1.element) << (16 - 8 * UInt32($1.offset)) }
            for position in 0..<4 {
                let digit = Self.digits[Int(word >> (18 - 6 * UInt32(position)) & 0x3F)]
                result.append(position <= group.count ? digit : UInt8(ascii: "="))
            }
            index += 3
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func decode(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8)
        guard input.count % 4 == 0 else { return nil }
        let padding = input.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        var result: [UInt8] = []
        var word: UInt32 = 0
        for (index, byte) in input.enumerated() {
            let value: Int
            if index >= input.count - padding {
                value = 0
            } else if let digit = digits.firstIndex(of: byte) {
                value = digit
            } else {
                return nil
            }
            word = word << 6 | UInt32(value)
            if index % 4 == 3 {
                result += [UInt8(truncatingIfNeeded: word >> 16), UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word)]
                word = 0
            }
        }
        return Array(result.dropLast(padding))
    }
}
