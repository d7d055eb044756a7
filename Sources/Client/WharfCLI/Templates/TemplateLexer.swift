// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Cuts a template into text and the tokens between `{{` and `}}`.

import WharfJSON

/// A token inside an action.
struct TemplateToken: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// `.Name`; `.` alone has an empty name.
        case field(String)
        /// `$name`; `$` alone has an empty name.
        case variable(String)
        /// A function or keyword.
        case word(String)
        case string(String)
        case number(JSONValue)
        /// `(`, `)`, `|`, `,`, `=`, `:=`
        case symbol(String)
    }

    let kind: Kind
    let place: TemplatePlace
    /// White space stands in front: `.A .B` are two operands, `.A.B` is one.
    let isSeparated: Bool
}

/// A piece of a template.
enum TemplatePiece: Sendable {
    case text(String)
    case action([TemplateToken], line: Int)
}

/// Cuts a template.
struct TemplateLexer {
    private let text: [Character]
    private var position = 0
    private var line = 1
    private var lineStart = 0

    init(_ text: String) { self.text = Array(text) }

    /// All pieces in order. `{{-` and `-}}` have eaten the white space beside them, comments are gone.
    mutating func pieces() throws -> [TemplatePiece] {
        var result: [TemplatePiece] = []
        var literal = ""
        var trimsNext = false
        while position < text.count {
            guard starts(with: "{{") else {
                let character = advance()
                if trimsNext, character.isWhitespace { continue }
                trimsNext = false
                literal.append(character)
                continue
            }
            position += 2
            trimsNext = false
            if starts(with: "-"), position + 1 < text.count, text[position + 1].isWhitespace {
                position += 1
                while literal.last?.isWhitespace == true { literal.removeLast() }
            }
            if !literal.isEmpty { result.append(.text(literal)) }
            literal = ""
            let startLine = line
            if let trims = try comment() {
                trimsNext = trims
                continue
            }
            let (tokens, trims) = try action()
            trimsNext = trims
            result.append(.action(tokens, line: startLine))
        }
        if !literal.isEmpty { result.append(.text(literal)) }
        return result
    }

    private func starts(with prefix: String) -> Bool { text[position...].starts(with: prefix) }

    private mutating func advance() -> Character {
        defer { position += 1 }
        if text[position] == "\n" {
            line += 1
            lineStart = position + 1
        }
        return text[position]
    }

    /// Skips `/* … */}}`; nil when there is no comment, else whether it trims behind itself.
    private mutating func comment() throws -> Bool? {
        let before = position
        while position < text.count, text[position].isWhitespace { position += 1 }
        guard starts(with: "/*") else {
            position = before
            return nil
        }
        while position < text.count, !starts(with: "*/") { _ = advance() }
        guard position < text.count else { throw TemplateError.parsing("unclosed comment", line: line) }
        position += 2
        while position < text.count, text[position].isWhitespace { _ = advance() }
        let trims = starts(with: "-")
        if trims { position += 1 }
        guard starts(with: "}}") else { throw TemplateError.parsing("comment ends before closing delimiter", line: line) }
        position += 2
        return trims
    }

    private mutating func action() throws -> ([TemplateToken], trims: Bool) {
        var tokens: [TemplateToken] = []
        var isSeparated = true
        var depth = 0
        while true {
            guard position < text.count else { throw TemplateError.parsing("unclosed action", line: line) }
            if starts(with: "}}") || (starts(with: "-}}") && isSeparated) {
                guard depth == 0 else { throw TemplateError.parsing("unclosed left paren", line: line) }
                let trims = starts(with: "-")
                position += trims ? 3 : 2
                return (tokens, trims)
            }
            if text[position].isWhitespace {
                _ = advance()
                isSeparated = true
                continue
            }
            let start = position
            let column = position - lineStart
            let kind = try token()
            if kind == .symbol("(") { depth += 1 }
            if kind == .symbol(")") { depth -= 1 }
            guard depth >= 0 else { throw TemplateError.parsing("unexpected right paren", line: line) }
            let place = TemplatePlace(line: line, column: column, text: String(text[start..<position]))
            tokens.append(TemplateToken(kind: kind, place: place, isSeparated: isSeparated))
            isSeparated = false
        }
    }

    private mutating func token() throws -> TemplateToken.Kind {
        let character = text[position]
        switch character {
        case ".":
            if position + 1 < text.count, Self.isDigit(text[position + 1]) { return .number(try number()) }
            position += 1
            return .field(try name())
        case "$":
            position += 1
            return .variable(try name())
        case "\"": return .string(try string(closedBy: "\"", "unterminated quoted string"))
        case "'": return .number(try characterConstant())
        case "`":
            position += 1
            let start = position
            while position < text.count, text[position] != "`" { _ = advance() }
            guard position < text.count else { throw TemplateError.parsing("unterminated raw quoted string", line: line) }
            position += 1
            return .string(String(text[start..<position - 1]))
        case "(", ")", "|", ",", "=":
            position += 1
            return .symbol(String(character))
        case ":":
            guard starts(with: ":=") else { throw TemplateError.parsing("expected :=", line: line) }
            position += 2
            return .symbol(":=")
        case "+", "-": return .number(try number())
        default:
            if Self.isDigit(character) { return .number(try number()) }
            guard character.isLetter || character == "_" else {
                throw TemplateError.parsing("unrecognized character in action: \(Self.show(character))", line: line)
            }
            return .word(try name())
        }
    }

    private static func isDigit(_ character: Character) -> Bool { character.isASCII && character.isWholeNumber }

    /// `U+0024 '$'`
    private static func show(_ character: Character) -> String {
        let digits = String(character.unicodeScalars.first?.value ?? 0, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + " '\(character)'"
    }

    /// A name, behind which something may follow that can't be part of one.
    private mutating func name() throws -> String {
        let start = position
        while position < text.count, text[position].isLetter || text[position].isNumber || text[position] == "_" { position += 1 }
        let result = String(text[start..<position])
        guard position < text.count, !text[position].isWhitespace, !".,|:()=".contains(text[position]), !starts(with: "}}") else {
            return result
        }
        throw TemplateError.parsing("bad character \(Self.show(text[position]))", line: line)
    }

    /// Go's literals, whole or not: `42`, `-0x1F`, `1_000`, `1.5`, `1e3`.
    private mutating func number() throws -> JSONValue {
        let start = position
        position += 1
        while position < text.count {
            let character = text[position]
            let isExponentSign = (character == "+" || character == "-") && "eEpP".contains(text[position - 1])
            guard character.isLetter || character.isNumber || character == "." || character == "_" || isExponentSign else { break }
            position += 1
        }
        let literal = String(text[start..<position])
        guard let value = Self.value(literal) else { throw TemplateError.parsing("bad number syntax: \(quoted(literal))", line: line) }
        return value
    }

    private static func value(_ literal: String) -> JSONValue? {
        let plain = String(literal.filter { $0 != "_" })
        // Not a whole number: perhaps another one.
        if let whole = try? parseInt(plain) { return .number(JSONNumber(whole)) }
        guard let number = Double(plain.hasPrefix("+") ? String(plain.dropFirst()) : plain), number.isFinite else { return nil }
        if number == number.rounded(), number.magnitude < 1e15 { return .number(JSONNumber(Int64(number))) }
        return try? JSON.parse(Array("\(number)".utf8))  // A finite number is valid JSON.
    }

    private mutating func characterConstant() throws -> JSONValue {
        let content = try string(closedBy: "'", "unterminated character constant")
        guard let scalar = content.unicodeScalars.first, content.unicodeScalars.count == 1 else {
            throw TemplateError.parsing("malformed character constant: '\(content)'", line: line)
        }
        return .number(JSONNumber(scalar.value))
    }

    private mutating func string(closedBy end: Character, _ unterminated: String) throws -> String {
        position += 1
        var result: [UInt8] = []
        while position < text.count, text[position] != end, text[position] != "\n" {
            guard text[position] == "\\", position + 1 < text.count else {
                result += Array(String(advance()).utf8)
                continue
            }
            position += 1
            try escape(into: &result)
        }
        guard position < text.count, text[position] == end else { throw TemplateError.parsing(unterminated, line: line) }
        position += 1
        return String(decoding: result, as: UTF8.self)
    }

    /// What stands behind a backslash, as in Go's strings.
    private mutating func escape(into result: inout [UInt8]) throws {
        let character = advance()
        switch character {
        case "n": result.append(0x0A)
        case "t": result.append(0x09)
        case "r": result.append(0x0D)
        case "a": result.append(0x07)
        case "b": result.append(0x08)
        case "f": result.append(0x0C)
        case "v": result.append(0x0B)
        case "x": result.append(UInt8(truncatingIfNeeded: try digits(2, radix: 16)))
        case "u", "U":
            guard let scalar = Unicode.Scalar(try digits(character == "u" ? 4 : 8, radix: 16)) else { throw badEscape }
            result += Array(String(Character(scalar)).utf8)
        case "0"..."7":
            position -= 1
            result.append(UInt8(truncatingIfNeeded: try digits(3, radix: 8)))
        case "\\", "\"", "'": result += Array(String(character).utf8)
        default: throw badEscape
        }
    }

    private var badEscape: TemplateError { .parsing("invalid syntax", line: line) }

    private mutating func digits(_ count: Int, radix: Int) throws -> UInt32 {
        guard position + count <= text.count, let value = UInt32(String(text[position..<position + count]), radix: radix) else {
            throw badEscape
        }
        position += count
        return value
    }
}
