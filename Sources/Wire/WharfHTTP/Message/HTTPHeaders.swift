// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Header fields of requests and responses, for server and client. Names compare without case, as the protocol
// says; order and spelling are kept as they were given, because they are what the other side sees.

package import NIOHTTP1

/// An ordered list of header fields.
public struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// The fields in order, as they travel.
    public private(set) var fields: [(name: String, value: String)] = []

    public init() {}

    public init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { add(name, value) }
    }

    /// The first field of that name; setting replaces all of them, nil removes them.
    public subscript(name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue { add(name, newValue) }
        }
    }

    /// Every value of that name, in order.
    public func all(_ name: String) -> [String] {
        fields.filter { Self.same($0.name, name) }.map(\.value)
    }

    /// Appends a field, whether one of that name exists or not.
    public mutating func add(_ name: String, _ value: String) {
        fields.append((name, value))
    }

    /// Whether one of the comma-separated words of the fields called `name` is `token`, without case.
    public func contains(_ name: String, token: String) -> Bool {
        all(name).contains { value in
            value.utf8.split(separator: UInt8(ascii: ",")).contains { part in
                let word = part.drop { $0 == 0x20 || $0 == 0x09 }
                let end = word.lastIndex { $0 != 0x20 && $0 != 0x09 }.map { word.index(after: $0) } ?? word.startIndex
                return Self.same(word[..<end], token.utf8[...])
            }
        }
    }

    public static func == (one: HTTPHeaders, two: HTTPHeaders) -> Bool {
        one.fields.count == two.fields.count
            && zip(one.fields, two.fields).allSatisfy { same($0.name, $1.name) && $0.value.utf8.elementsEqual($1.value.utf8) }
    }

    /// ASCII comparison without case, on bytes: `String.lowercased()` would fold letters that HTTP does not.
    private static func same(_ one: String, _ two: String) -> Bool { same(one.utf8[...], two.utf8[...]) }

    private static func same(_ one: Substring.UTF8View, _ two: Substring.UTF8View) -> Bool {
        one.count == two.count && zip(one, two).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}

extension HTTPHeaders {
    /// The fields of NIO's type.
    package init(_ headers: NIOHTTP1.HTTPHeaders) {
        fields = headers.map { (name: $0.name, value: $0.value) }
    }

    /// The same fields in NIO's type.
    package var nio: NIOHTTP1.HTTPHeaders {
        NIOHTTP1.HTTPHeaders(fields.map { ($0.name, $0.value) })
    }

    /// Whether every name is a token and every value free of control bytes: what may be written to a connection.
    package var isSafe: Bool {
        fields.allSatisfy { name, value in
            !name.utf8.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }
                && value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
        }
    }
}
