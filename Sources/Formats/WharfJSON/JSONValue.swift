// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A parsed document as a value. Used where a document has no type of its own (pass-through parts, tests), and
// under every decoding.

/// One JSON value.
public enum JSONValue: Sendable, Equatable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    /// The member of an object, or nil for a missing one and for every other kind of value.
    public subscript(key: String) -> JSONValue? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// The element of an array, or nil.
    public subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    public var bool: Bool? {
        guard case .bool(let value) = self else { return nil }
        return value
    }

    /// The number as a whole one, if it is one and fits.
    public var int: Int? {
        guard case .number(let value) = self else { return nil }
        return Int(value.text)
    }

    public var double: Double? {
        guard case .number(let value) = self else { return nil }
        return Double(value.text)
    }

    public var array: [JSONValue]? {
        guard case .array(let value) = self else { return nil }
        return value
    }

    public var object: JSONObject? {
        guard case .object(let value) = self else { return nil }
        return value
    }

    /// The kind in the words of an error message.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number(let number): "number \(number.text)"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// A number as it stood in the document: no digit is lost.
public struct JSONNumber: Sendable, Equatable {
    /// The ASCII text, valid by JSON's grammar.
    public let text: String

    init(text: String) { self.text = text }

    public init(_ value: some BinaryInteger) { text = String(value) }
}

/// The members of an object in the document's order; keys are unique byte for byte.
public struct JSONObject: Sendable, Equatable {
    public private(set) var members: [Member] = []
    /// Positions by key bytes, kept only where a linear search would cost.
    private var positions: [[UInt8]: Int] = [:]

    /// A key with its value.
    public struct Member: Sendable, Equatable {
        public let key: String
        public var value: JSONValue
    }

    /// Objects up to this size are searched from end to end.
    private static let linearLimit = 12

    public init() {}

    public var count: Int { members.count }
    public var keys: [String] { members.map(\.key) }

    public subscript(key: String) -> JSONValue? {
        position(of: key).map { members[$0].value }
    }

    /// The exact key, else the last one that differs only in ASCII case (Go's rule).
    func caseInsensitive(_ key: String) -> JSONValue? {
        if let exact = self[key] { return exact }
        return members.last { equalIgnoringASCIICase($0.key, key) }?.value
    }

    /// Adds a member; false if the key is there already.
    @discardableResult
    public mutating func append(_ key: String, _ value: JSONValue) -> Bool {
        guard position(of: key) == nil else { return false }
        members.append(Member(key: key, value: value))
        if members.count == Self.linearLimit + 1 {
            for (index, member) in members.enumerated() { positions[Array(member.key.utf8)] = index }
        } else if members.count > Self.linearLimit {
            positions[Array(key.utf8)] = members.count - 1
        }
        return true
    }

    private func position(of key: String) -> Int? {
        if members.count > Self.linearLimit { return positions[Array(key.utf8)] }
        return members.firstIndex { isSame($0.key, key) }
    }
}

/// Byte for byte. Strings compare by canonical equivalence: what is unequal by that is unequal by bytes, and for that
/// answer, nearly always the one, they take the fast way.
private func isSame(_ left: String, _ right: String) -> Bool {
    left == right && left.utf8.elementsEqual(right.utf8)
}

private func equalIgnoringASCIICase(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { lowered($0) == lowered($1) }
}

private func lowered(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
