// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Types that read themselves from a parsed object, field by field. The same rules as `Decodable` through `JSON.decode`, at
// a tenth of its price: no key types, no generic containers, no metadata that a short-lived program would have to build
// first. For documents on the path of a container's start.

/// A value that an object of a document describes.
public protocol JSONReadable {
    /// Reads the value. Every field that is missing or null becomes the zero value of its type; unknown fields are skipped.
    init(reading json: JSONFields) throws(JSONError)
}

extension JSON {
    /// Reads one document into a type, by Go's rules.
    public static func decode<T: JSONReadable>(
        _ type: T.Type, from bytes: [UInt8], limits: JSONLimits = .standard
    ) throws(JSONError) -> T {
        try decode(type, from: parse(bytes, limits: limits))
    }

    /// Reads a parsed value into a type, by the same rules.
    public static func decode<T: JSONReadable>(_ type: T.Type, from value: JSONValue) throws(JSONError) -> T {
        try T(reading: JSONFields(value))
    }
}

extension JSON {
    /// Reads a document that is a list of objects; null is an empty one.
    public static func decodeList<T: JSONReadable>(
        of type: T.Type, from bytes: [UInt8], limits: JSONLimits = .standard
    ) throws(JSONError) -> [T] {
        let value = try parse(bytes, limits: limits)
        switch value {
        case .null: return []
        case .array(let elements):
            var result: [T] = []
            result.reserveCapacity(elements.count)
            for (index, element) in elements.enumerated() {
                do { result.append(try T(reading: JSONFields(element))) } catch { throw error.inside("[\(index)]") }
            }
            return result
        default: throw JSONError(.mismatch(expected: "an array", found: value.kind))
        }
    }
}

/// The fields of one object. null is an object without fields.
public struct JSONFields {
    private let object: JSONObject

    /// Throws for everything that is neither an object nor null.
    public init(_ value: JSONValue) throws(JSONError) {
        switch value {
        case .object(let object): self.object = object
        case .null: object = JSONObject()
        default: throw JSONError(.mismatch(expected: "an object", found: value.kind))
        }
    }

    /// The field as it stands; nil when it is missing or null.
    public func value(_ key: String) -> JSONValue? {
        guard let value = object[key] else { return nil }
        if case .null = value { return nil }
        return value
    }

    // MARK: Fields that have a zero value

    public func read(_ key: String) throws(JSONError) -> String {
        guard let value = value(key) else { return "" }
        return try JSONFields.string(value, key)
    }

    public func read(_ key: String) throws(JSONError) -> Bool {
        guard let value = value(key) else { return false }
        guard case .bool(let flag) = value else { throw mismatch("a boolean", value, key) }
        return flag
    }

    @inlinable public func read<T: FixedWidthInteger>(_ key: String) throws(JSONError) -> T {
        guard let value: T = try optional(key) else { return 0 }
        return value
    }

    /// An object of fields; a missing one reads as an empty one.
    @inlinable public func read<T: JSONReadable>(_ key: String) throws(JSONError) -> T {
        try JSONFields.inside(key) { () throws(JSONError) in try T(reading: JSONFields(value(key) ?? .null)) }
    }

    public func read(_ key: String) throws(JSONError) -> [String] {
        try elements(key) { value throws(JSONError) in try JSONFields.string(value, nil) }
    }

    @inlinable public func read<T: JSONReadable>(_ key: String) throws(JSONError) -> [T] {
        try elements(key) { value throws(JSONError) in try T(reading: JSONFields(value)) }
    }

    @inlinable public func read<T: FixedWidthInteger>(_ key: String) throws(JSONError) -> [T] {
        try elements(key) { value throws(JSONError) in try JSONFields.integer(value, nil) }
    }

    public func read(_ key: String) throws(JSONError) -> [String: String] {
        try members(key) { value throws(JSONError) in try JSONFields.string(value, nil) }
    }

    @inlinable public func read<T: JSONReadable>(_ key: String) throws(JSONError) -> [String: T] {
        try members(key) { value throws(JSONError) in try T(reading: JSONFields(value)) }
    }

    // MARK: Fields that may be missing

    @inlinable public func optional<T: FixedWidthInteger>(_ key: String) throws(JSONError) -> T? {
        guard let value = value(key) else { return nil }
        return try JSONFields.integer(value, key)
    }

    @inlinable public func optional<T: JSONReadable>(_ key: String) throws(JSONError) -> T? {
        guard let value = value(key) else { return nil }
        return try JSONFields.inside(key) { () throws(JSONError) in try T(reading: JSONFields(value)) }
    }
}

extension JSONFields {
    /// Every element of an array; none for a missing one.
    @inlinable func elements<T>(_ key: String, _ read: (JSONValue) throws(JSONError) -> T) throws(JSONError) -> [T] {
        guard let value = value(key) else { return [] }
        guard case .array(let elements) = value else { throw mismatch("an array", value, key) }
        var result: [T] = []
        result.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do { result.append(try read(element)) } catch { throw error.inside("[\(index)]").inside(key) }
        }
        return result
    }

    @inlinable func members<T>(_ key: String, _ read: (JSONValue) throws(JSONError) -> T) throws(JSONError) -> [String: T] {
        guard let value = value(key) else { return [:] }
        guard case .object(let object) = value else { throw mismatch("an object", value, key) }
        var result: [String: T] = [:]
        for member in object.members {
            do { result[member.key] = try read(member.value) } catch { throw error.inside(member.key).inside(key) }
        }
        return result
    }

    /// null inside an array or a map is the zero value, as in Go.
    private static func string(_ value: JSONValue, _ key: String?) throws(JSONError) -> String {
        switch value {
        case .string(let text): return text
        case .null: return ""
        default: throw JSONError(.mismatch(expected: "a string", found: value.kind), path: key ?? "")
        }
    }

    @inlinable static func integer<T: FixedWidthInteger>(_ value: JSONValue, _ key: String?) throws(JSONError) -> T {
        let (isNegative, magnitude) = try wholeNumber(value, key)
        if isNegative {
            // The smallest number has no positive twin.
            if let result = T(exactly: Int64(truncatingIfNeeded: 0 &- magnitude)), magnitude <= 1 << 63 { return result }
        } else if let result = T(exactly: magnitude) {
            return result
        }
        throw outOfRange(value, key)
    }

    /// A whole number of at most 64 bits, apart from its sign.
    @usableFromInline static func wholeNumber(_ value: JSONValue, _ key: String?) throws(JSONError) -> (isNegative: Bool, magnitude: UInt64)
    {
        switch value {
        case .null: return (false, 0)
        case .number(let number):
            let isNegative = number.text.utf8.first == UInt8(ascii: "-")
            guard let magnitude = UInt64(isNegative ? number.text.dropFirst() : number.text[...]) else { throw outOfRange(value, key) }
            return (isNegative, magnitude)
        default: throw JSONError(.mismatch(expected: "a whole number", found: value.kind), path: key ?? "")
        }
    }

    @usableFromInline static func outOfRange(_ value: JSONValue, _ key: String?) -> JSONError {
        guard case .number(let number) = value else { return JSONError(.outOfRange(value.kind), path: key ?? "") }
        return JSONError(.outOfRange(number.text), path: key ?? "")
    }

    @inlinable static func inside<T>(_ key: String, _ body: () throws(JSONError) -> T) throws(JSONError) -> T {
        do { return try body() } catch { throw error.inside(key) }
    }

    @usableFromInline func mismatch(_ expected: String, _ value: JSONValue, _ key: String) -> JSONError {
        JSONError(.mismatch(expected: expected, found: value.kind), path: key)
    }
}

extension JSONError {
    /// The same mistake one level further up.
    @usableFromInline func inside(_ key: String) -> JSONError { JSONError(reason, at: offset, path: path.isEmpty ? key : "\(key).\(path)") }
}
