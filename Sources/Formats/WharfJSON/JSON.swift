// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The door to JSON: parse, decode and encode. The only JSON of the product, on the path of every request body,
// database row and OCI document. Works on bytes, needs no Foundation and never traps.

/// JSON (RFC 8259) over bytes.
public enum JSON {
    /// How the keys of an object find the properties of a type.
    public enum KeyMatching: Sendable {
        /// Byte for byte: our own documents, OCI documents.
        case exact
        /// Byte for byte first, else without ASCII case: Go's rule, on which clients of the Engine API rely.
        case caseInsensitive
    }

    /// Reads one document.
    ///
    /// Strict: duplicate keys, invalid UTF-8, bytes behind the document and anything over `limits` are errors.
    public static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        try parse(bytes[...], limits: limits)
    }

    /// Reads one document from a part of an array.
    public static func parse(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .standard) throws(JSONError) -> JSONValue {
        guard bytes.count <= limits.bytes else { throw JSONError(.tooLarge, at: limits.bytes) }
        return try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            var parser = JSONParser(buffer, limits: limits)
            return try parser.document()
        }
    }

    /// Reads one document into a type.
    ///
    /// Go's rules: null and absent mean the zero value (an empty string, 0, false, an empty collection, a struct of
    /// zero values), nil for optionals; unknown keys are ignored.
    @_disfavoredOverload
    public static func decode<T: Decodable>(
        _ type: T.Type, from bytes: [UInt8], keys: KeyMatching = .exact, limits: JSONLimits = .standard
    ) throws -> T {
        try decode(type, from: parse(bytes, limits: limits), keys: keys)
    }

    /// Reads a parsed value into a type, by the same rules.
    @_disfavoredOverload
    public static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue, keys: KeyMatching = .exact) throws -> T {
        try ValueDecoder(value, keys: keys, path: []).decode(type)
    }

    /// Writes one document, without white space.
    public static func encode(_ value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        value.write(to: &writer)
        return writer.bytes
    }
}

/// What a document may cost its reader.
public struct JSONLimits: Sendable {
    /// The longest document in bytes.
    public var bytes: Int
    /// The deepest nesting of arrays and objects.
    public var depth: Int

    public init(bytes: Int, depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    /// 8 MiB and 64 levels: above every honest manifest, config and request.
    public static let standard = JSONLimits(bytes: 8 << 20, depth: 64)
}

/// Why a document was refused.
public struct JSONError: Error, Sendable, CustomStringConvertible {
    /// The class of the mistake.
    public enum Reason: Sendable, Equatable {
        case tooLarge
        case tooDeep
        /// The document ends inside a value.
        case truncated
        /// A byte that the grammar does not allow here.
        case unexpected(UInt8)
        case invalidUTF8
        case invalidEscape
        case duplicateKey(String)
        /// Something follows the document.
        case trailingBytes
        /// The value has another type than the property: what was expected, and what stood there.
        case mismatch(expected: String, found: String)
        /// The number does not fit.
        case outOfRange(String)
        /// The type itself refused the value.
        case invalidValue(String)
    }

    public let reason: Reason
    /// The byte at which the reader stood; 0 for mistakes found in a parsed value.
    public let offset: Int
    /// The keys and indexes down to the value, empty at the top.
    public let path: String

    init(_ reason: Reason, at offset: Int = 0, path: String = "") {
        self.reason = reason
        self.offset = offset
        self.path = path
    }

    /// For a type's own decoding: the value is well-formed but can't be right.
    public static func invalid(_ message: String) -> JSONError { JSONError(.invalidValue(message)) }

    public var description: String {
        let place = path.isEmpty ? "" : "\(path): "
        return switch reason {
        case .tooLarge: "json is longer than \(offset) bytes"
        case .tooDeep: "json is nested too deeply at byte \(offset)"
        case .truncated: "unexpected end of json at byte \(offset)"
        case .unexpected(let byte): "invalid json: unexpected \(Self.show(byte)) at byte \(offset)"
        case .invalidUTF8: "invalid json: not UTF-8 at byte \(offset)"
        case .invalidEscape: "invalid json: bad escape at byte \(offset)"
        case .duplicateKey(let key): "invalid json: the key \"\(key)\" stands twice, again at byte \(offset)"
        case .trailingBytes: "invalid json: extra data at byte \(offset)"
        case .mismatch(let expected, let found): "\(place)expected \(expected), found \(found)"
        case .outOfRange(let number): "\(place)number \(number) is out of range"
        case .invalidValue(let message): "\(place)\(message)"
        }
    }

    private static func show(_ byte: UInt8) -> String {
        byte > 0x20 && byte < 0x7F ? "'\(Character(UnicodeScalar(byte)))'" : "byte \(byte)"
    }
}
