// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Builds the tree of a template from its pieces.

import WharfJSON

/// Reads a template.
struct TemplateParser {
    private var pieces: ArraySlice<TemplatePiece>
    private var tokens: ArraySlice<TemplateToken> = []
    private var line = 1
    private let functions: Set<String>

    init(_ text: String, functions: Set<String>) throws {
        var lexer = TemplateLexer(text)
        pieces = try lexer.pieces()[...]
        self.functions = functions
    }

    /// The whole template.
    mutating func parse() throws -> [TemplateNode] {
        let (nodes, end) = try list()
        guard end == nil else { throw TemplateError.parsing("unexpected {{\(end ?? "")}}", line: line) }
        return nodes
    }

    /// Nodes up to the end of the template, or to an `else` or `end`, which is then taken; tokens behind `else` are left.
    private mutating func list() throws -> ([TemplateNode], end: String?) {
        var nodes: [TemplateNode] = []
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let content, let at):
                line = at
                tokens = content[...]
                guard let first = tokens.first else { throw TemplateError.parsing("missing value for command", line: line) }
                if case .word(let word) = first.kind, ["if", "with", "range", "else", "end"].contains(word) {
                    tokens.removeFirst()
                    if word == "else" || word == "end" { return (nodes, word) }
                    nodes.append(try control(word))
                } else {
                    nodes.append(.action(try wholePipeline()))
                }
            }
        }
        return (nodes, nil)
    }

    private mutating func control(_ word: String) throws -> TemplateNode {
        let pipeline = try wholePipeline()
        let (then, end) = try list()
        var otherwise: [TemplateNode] = []
        switch end {
        case "end": break
        case "else":
            if case .word(let next)? = tokens.first?.kind, next == "if" || next == "with" {
                // `else if` is an `if` in the other branch that shares its end.
                tokens.removeFirst()
                otherwise = [try control(next)]
            } else {
                guard tokens.isEmpty else { throw TemplateError.parsing("unexpected \(found) in else", line: line) }
                let (nodes, last) = try list()
                guard last == "end" else { throw TemplateError.parsing("unexpected EOF", line: line) }
                otherwise = nodes
            }
        default: throw TemplateError.parsing("unexpected EOF", line: line)
        }
        return switch word {
        case "if": .branch(pipeline, then: then, otherwise: otherwise)
        case "with": .with(pipeline, then: then, otherwise: otherwise)
        default: .range(pipeline, each: then, otherwise: otherwise)
        }
    }

    private var found: String { "<\(tokens.first?.place.text ?? "")>" }

    private mutating func wholePipeline() throws -> TemplatePipeline {
        let result = try pipeline()
        guard tokens.isEmpty else { throw TemplateError.parsing("unexpected \(found) in command", line: line) }
        return result
    }

    private mutating func takeSymbol(_ symbol: String) -> Bool {
        guard tokens.first?.kind == .symbol(symbol) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func pipeline() throws -> TemplatePipeline {
        var result = TemplatePipeline()
        try declaration(&result)
        repeat { result.commands.append(try command()) } while takeSymbol("|")
        return result
    }

    /// `$x :=`, `$x =`, `$k, $v :=`; leaves anything else alone.
    private mutating func declaration(_ pipeline: inout TemplatePipeline) throws {
        let before = tokens
        var names: [String] = []
        while case .variable(let name)? = tokens.first?.kind {
            tokens.removeFirst()
            names.append(name)
            if takeSymbol(":=") || tokens.first?.kind == .symbol("=") {
                pipeline.assigns = takeSymbol("=")
                pipeline.variables = names
                return
            }
            guard names.count == 1, takeSymbol(",") else { break }
        }
        tokens = before
    }

    private mutating func command() throws -> TemplateCommand {
        var operands: [TemplateOperand] = []
        while let token = tokens.first, token.kind != .symbol("|"), token.kind != .symbol(")") { operands.append(try operand()) }
        guard !operands.isEmpty else { throw TemplateError.parsing("missing value for command", line: line) }
        return TemplateCommand(operands: operands)
    }

    private mutating func operand() throws -> TemplateOperand {
        guard let token = tokens.popFirst() else { throw TemplateError.parsing("missing value for command", line: line) }
        var operand = TemplateOperand(head: .dot, fields: [], place: token.place)
        switch token.kind {
        case .field(let name): if !name.isEmpty { operand.fields.append((name, token.place)) }
        case .variable(let name): operand.head = .variable(name)
        case .string(let text): operand.head = .value(.string(text))
        case .number(let text):
            guard let value = number(text) else { throw TemplateError.parsing("bad number syntax: \(quoted(text))", line: line) }
            operand.head = .value(value)
        case .word("true"): operand.head = .value(.bool(true))
        case .word("false"): operand.head = .value(.bool(false))
        case .word("nil"): operand.head = .value(.null)
        case .word(let name):
            guard functions.contains(name) else { throw TemplateError.parsing("function \(quoted(name)) not defined", line: line) }
            operand.head = .function(name)
        case .symbol("("):
            operand.head = .pipeline(try pipeline())
            guard takeSymbol(")") else { throw TemplateError.parsing("unclosed left paren", line: line) }
        case .symbol(let text): throw TemplateError.parsing("unexpected \(quoted(text)) in operand", line: line)
        }
        while let next = tokens.first, !next.isSeparated, case .field(let name) = next.kind, !name.isEmpty {
            tokens.removeFirst()
            operand.fields.append((name, next.place))
        }
        return operand
    }

    private func number(_ text: String) -> JSONValue? {
        if let value = Int(text) { return .number(JSONNumber(value)) }
        guard Double(text) != nil, let value = try? JSON.parse(Array(text.utf8)) else { return nil }  // Not a number in JSON's grammar.
        return value
    }
}
