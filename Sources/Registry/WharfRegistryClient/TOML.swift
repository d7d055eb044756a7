// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Reads the part of TOML that a hosts.toml is written in: tables, dotted and quoted keys, strings of one line, numbers, booleans,
// arrays and inline tables. Dates and strings of several lines have no place there and are refused by name.

internal import WharfError

/// A value of a document.
enum TOMLValue {
    case string(String)
    case bool(Bool)
    case integer(Int)
    case array([TOMLValue])
    case table(TOMLTable)

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var array: [TOMLValue]? { if case .array(let value) = self { value } else { nil } }
    var table: TOMLTable? { if case .table(let value) = self { value } else { nil } }
    /// A string, or each of an array of strings.
    var strings: [String]? { string.map { [$0] } ?? array?.compactMap(\.string) }
}

/// A table: keys in the document's order. A reference, because a document goes back to tables that it has opened.
final class TOMLTable {
    private(set) var keys: [String] = []
    private var values: [[UInt8]: TOMLValue] = [:]

    subscript(key: String) -> TOMLValue? { values[Array(key.utf8)] }

    /// False when the key is there already.
    func add(_ key: String, _ value: TOMLValue) -> Bool {
        guard values.updateValue(value, forKey: Array(key.utf8)) == nil else { return false }
        keys.append(key)
        return true
    }
}

/// The reader.
struct TOMLReader {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads a document. Throws `invalidArgument` with the line.
    static func parse(_ bytes: [UInt8]) throws(WharfError) -> TOMLTable {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw WharfError(.invalidArgument, "not UTF-8") }
        var reader = TOMLReader(bytes)
        return try reader.document()
    }

    private mutating func document() throws(WharfError) -> TOMLTable {
        let root = TOMLTable()
        var current = root
        while true {
            skipBlank(newlines: true)
            guard let byte = peek else { return root }
            if byte == UInt8(ascii: "[") {
                position += 1
                guard peek != UInt8(ascii: "[") else { throw failure("arrays of tables are not supported") }
                let path = try keyPath()
                try expect("]")
                current = try open(path, in: root)
            } else {
                try member(of: current, depth: 0)
            }
            skipBlank(newlines: false)
            guard peek == nil || peek == 0x0A else { throw failure("something follows the value") }
        }
    }

    private mutating func member(of table: TOMLTable, depth: Int) throws(WharfError) {
        let path = try keyPath()
        try expect("=")
        skipBlank(newlines: false)
        let value = try value(depth: depth)
        let parent = try open(path.dropLast(), in: table)
        guard let key = path.last, parent.add(key, value) else { throw failure("the key \"\(path.last ?? "")\" stands twice") }
    }

    private func open(_ path: some Collection<String>, in table: TOMLTable) throws(WharfError) -> TOMLTable {
        var table = table
        for key in path {
            if let value = table[key] {
                guard let next = value.table else { throw failure("\"\(key)\" is not a table") }
                table = next
            } else {
                let next = TOMLTable()
                _ = table.add(key, .table(next))
                table = next
            }
        }
        return table
    }

    private mutating func keyPath() throws(WharfError) -> [String] {
        var path: [String] = []
        repeat {
            skipBlank(newlines: false)
            if let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
                path.append(try string())
            } else {
                let start = position
                while let byte = peek, Self.isBare(byte) { position += 1 }
                guard position > start else { throw failure("a key is missing") }
                path.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlank(newlines: false)
            guard path.count <= 16 else { throw failure("a key has too many parts") }
        } while take(".")
        return path
    }

    private mutating func value(depth: Int) throws(WharfError) -> TOMLValue {
        guard depth < 16 else { throw failure("values are nested too deeply") }
        switch peek {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string())
        case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
        case UInt8(ascii: "{"):
            position += 1
            let table = TOMLTable()
            skipBlank(newlines: false)
            if take("}") { return .table(table) }
            repeat { try member(of: table, depth: depth + 1) } while take(",", blankBefore: true)
            try expect("}")
            return .table(table)
        default:
            let start = position
            while let byte = peek, Self.isBare(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") { position += 1 }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            if word == "true" { return .bool(true) }
            if word == "false" { return .bool(false) }
            guard let number = Int(word) else { throw failure("\"\(word)\" is no value that is understood here") }
            return .integer(number)
        }
    }

    private mutating func array(depth: Int) throws(WharfError) -> [TOMLValue] {
        position += 1
        var values: [TOMLValue] = []
        while true {
            skipBlank(newlines: true)
            if take("]") { return values }
            values.append(try value(depth: depth))
            skipBlank(newlines: true)
            if !take(",") {
                try expect("]")
                return values
            }
        }
    }

    private mutating func string() throws(WharfError) -> String {
        guard let quote = peek else { throw failure("a string is missing") }
        position += 1
        if bytes[position...].starts(with: [quote, quote]) { throw failure("strings of several lines are not supported") }
        var text: [UInt8] = []
        while let byte = peek, byte != quote {
            guard byte != 0x0A else { throw failure("a string does not end") }
            position += 1
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") { text += try escape() } else { text.append(byte) }
        }
        guard peek == quote else { throw failure("a string does not end") }
        position += 1
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escape() throws(WharfError) -> [UInt8] {
        guard let byte = peek else { throw failure("a string does not end") }
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return [byte]
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = byte == UInt8(ascii: "u") ? 4 : 8
            guard position + count <= bytes.count,
                let number = UInt32(String(decoding: bytes[position..<position + count], as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(number)
            else { throw failure("a wrong escape in a string") }
            position += count
            return Array(String(Character(scalar)).utf8)
        default: throw failure("a wrong escape in a string")
        }
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlank(newlines: Bool) {
        while let byte = peek {
            if byte == UInt8(ascii: "#") {
                while let other = peek, other != 0x0A { _ = (other, position += 1) }
            } else if byte == 0x20 || byte == 0x09 || byte == 0x0D || (newlines && byte == 0x0A) {
                if byte == 0x0A { line += 1 }
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func take(_ character: Unicode.Scalar, blankBefore: Bool = false) -> Bool {
        if blankBefore { skipBlank(newlines: false) }
        guard let byte = peek, UInt32(byte) == character.value else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(WharfError) {
        guard take(character, blankBefore: true) else { throw failure("'\(character)' is missing") }
    }

    private func failure(_ text: String) -> WharfError { WharfError(.invalidArgument, "line \(line): \(text)") }

    private static func isBare(_ byte: UInt8) -> Bool {
        (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }
}
