// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Cuts a template into text and the tokens between `{{` and `}}`.

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
        case number(String)
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
        while true {
            guard position < text.count else { throw TemplateError.parsing("unclosed action", line: line) }
            if starts(with: "}}") {
                position += 2
                return (tokens, false)
            }
            if starts(with: "-}}"), isSeparated {
                position += 3
                return (tokens, true)
            }
            if text[position].isWhitespace {
                _ = advance()
                isSeparated = true
                continue
            }
            let start = position
            let column = position - lineStart
            let kind = try token()
            let place = TemplatePlace(line: line, column: column, text: String(text[start..<position]))
            tokens.append(TemplateToken(kind: kind, place: place, isSeparated: isSeparated))
            isSeparated = false
        }
    }

    private mutating func token() throws -> TemplateToken.Kind {
        let character = text[position]
        switch character {
        case ".":
            position += 1
            if position < text.count, text[position].isASCII, text[position].isWholeNumber { return .number("0." + word()) }
            return .field(word())
        case "$":
            position += 1
            return .variable(word())
        case "\"": return .string(try string())
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
        case "+", "-":
            position += 1
            return .number((character == "-" ? "-" : "") + number())
        default:
            if character.isASCII, character.isWholeNumber { return .number(number()) }
            let name = word()
            guard !name.isEmpty else {
                throw TemplateError.parsing("unexpected \(quoted(String(character))) in command", line: line)
            }
            return .word(name)
        }
    }

    private mutating func word() -> String {
        let start = position
        while position < text.count, text[position].isLetter || text[position].isNumber || text[position] == "_" { position += 1 }
        return String(text[start..<position])
    }

    private mutating func number() -> String {
        let start = position
        while position < text.count, text[position].isLetter || text[position].isNumber || text[position] == "." { position += 1 }
        return String(text[start..<position])
    }

    private mutating func string() throws -> String {
        position += 1
        var result = ""
        while position < text.count, text[position] != "\"" {
            guard text[position] == "\\", position + 1 < text.count else {
                result.append(advance())
                continue
            }
            position += 1
            switch advance() {
            case "n": result += "\n"
            case "t": result += "\t"
            case "r": result += "\r"
            case let other: result.append(other)
            }
        }
        guard position < text.count else { throw TemplateError.parsing("unterminated quoted string", line: line) }
        position += 1
        return result
    }
}
