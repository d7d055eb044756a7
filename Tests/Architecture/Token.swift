// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// A small Swift lexer: enough to tell code from comments and text, so that a rule looks for words and calls and never
// stumbles over a sentence. It knows nested comments, raw and multi-line strings, and the code inside `\(…)`.

/// A word, a number or one character of punctuation of a Swift file.
struct Token: Equatable {
    let text: String
    /// From 1.
    let line: Int
    /// Whether nothing stands between it and the token before: tells `try!` from `try !x`.
    var isGlued = false
}

/// Splits Swift source into tokens; comments and the text of string literals leave none.
struct Lexer {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var tokens: [Token] = []
    /// Where the last token ended.
    private var lastEnd = -1

    static func tokens(of source: String) -> [Token] {
        var lexer = Lexer(bytes: Array(source.utf8))
        lexer.code(until: nil)
        return lexer.tokens
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func peek(_ offset: Int = 0) -> UInt8 {
        position + offset < bytes.count ? bytes[position + offset] : 0
    }

    private mutating func advance(_ count: Int = 1) {
        for _ in 0..<count where position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
    }

    /// Reads code up to the closing parenthesis of an interpolation, or to the end of the file.
    private mutating func code(until closing: UInt8?) {
        var depth = 0
        while position < bytes.count {
            let byte = peek()
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"): advance()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "/"): skipLine()
            case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipBlock()
            case UInt8(ascii: "\""): text(pounds: 0)
            case UInt8(ascii: "#") where startsRawText(): rawText()
            case _ where Self.isWord(byte): word()
            default:
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == closing {
                    if depth == 0 { return }
                    depth -= 1
                }
                tokens.append(Token(text: String(decoding: [byte], as: UTF8.self), line: line, isGlued: position == lastEnd))
                advance()
                lastEnd = position
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "`"), 0x80...: true
        default: false
        }
    }

    private mutating func word() {
        let start = position
        while Self.isWord(peek()) { position += 1 }
        tokens.append(Token(text: String(decoding: bytes[start..<position], as: UTF8.self), line: line, isGlued: start == lastEnd))
        lastEnd = position
    }

    private mutating func skipLine() {
        while position < bytes.count && peek() != UInt8(ascii: "\n") { advance() }
    }

    private mutating func skipBlock() {
        var depth = 0
        while position < bytes.count {
            if peek() == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "*") {
                depth += 1
                advance(2)
            } else if peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/") {
                depth -= 1
                advance(2)
                if depth == 0 { return }
            } else {
                advance()
            }
        }
    }

    private func startsRawText() -> Bool {
        var offset = 0
        while peek(offset) == UInt8(ascii: "#") { offset += 1 }
        return peek(offset) == UInt8(ascii: "\"")
    }

    private mutating func rawText() {
        var pounds = 0
        while peek() == UInt8(ascii: "#") {
            pounds += 1
            advance()
        }
        text(pounds: pounds)
    }

    /// Skips a string literal; the code of its interpolations is read as code.
    private mutating func text(pounds: Int) {
        let quote = UInt8(ascii: "\"")
        let quotes = peek(1) == quote && peek(2) == quote ? 3 : 1
        tokens.append(Token(text: "\"\"", line: line))
        advance(quotes)
        while position < bytes.count {
            if isRun(quote, quotes, then: pounds) {
                advance(quotes + pounds)
                return
            }
            guard peek() == UInt8(ascii: "\\"), isPounds(pounds, at: 1) else {
                advance()
                continue
            }
            advance(1 + pounds)
            if peek() == UInt8(ascii: "(") {
                advance()
                code(until: UInt8(ascii: ")"))
            }
            advance()
        }
    }

    private func isRun(_ quote: UInt8, _ quotes: Int, then pounds: Int) -> Bool {
        (0..<quotes).allSatisfy { peek($0) == quote } && isPounds(pounds, at: quotes)
    }

    private func isPounds(_ count: Int, at offset: Int) -> Bool {
        (0..<count).allSatisfy { peek(offset + $0) == UInt8(ascii: "#") }
    }
}
