// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Makes a tree of a template's pieces. What Go refuses while it reads is refused here, in its words.

import WharfJSON

/// Reads a template.
struct TemplateParser {
    private var pieces: ArraySlice<TemplatePiece>
    private var tokens: ArraySlice<TemplateToken> = []
    private var line = 1
    private var rangeDepth = 0
    /// Names that are declared where the parser stands; the first is `$` itself.
    private var variables = [""]
    /// What `define` and `block` named.
    private(set) var definitions: [String: [TemplateNode]] = [:]

    private static let keywords: Set<String> = [
        "if", "with", "range", "else", "end", "break", "continue", "define", "template", "block",
    ]

    init(_ text: String) throws {
        var lexer = TemplateLexer(text)
        pieces = try lexer.pieces()[...]
    }

    /// The whole template.
    mutating func parse() throws -> [TemplateNode] {
        let (nodes, end) = try list()
        guard end == nil else { throw error("unexpected {{\(end ?? "")}}") }
        return nodes
    }

    private func error(_ message: String) -> TemplateError { .parsing(message, line: line) }

    /// Nodes up to the end of the template, or to an `else` or `end`, which is then taken; tokens behind `else` are left.
    private mutating func list() throws -> ([TemplateNode], end: String?) {
        var nodes: [TemplateNode] = []
        while let piece = pieces.popFirst() {
            switch piece {
            case .text(let text): nodes.append(.text(text))
            case .action(let content, let at):
                line = at
                tokens = content[...]
                guard let first = tokens.first else { throw error("missing value for command") }
                guard case .word(let word) = first.kind, Self.keywords.contains(word) else {
                    nodes.append(.action(try wholePipeline("command")))
                    continue
                }
                tokens.removeFirst()
                if word == "else" || word == "end" { return (nodes, word) }
                if let node = try keyword(word) { nodes.append(node) }
            }
        }
        return (nodes, nil)
    }

    private mutating func keyword(_ word: String) throws -> TemplateNode? {
        switch word {
        case "define":
            try define()
            return nil
        case "block": return try block()
        case "template": return try templateCall()
        case "break", "continue":
            guard tokens.isEmpty else { throw error("unexpected \(found) in {{\(word)}}") }
            guard rangeDepth > 0 else { throw error("{{\(word)}} outside {{range}}") }
            return word == "break" ? .breakRange : .continueRange
        default: return try control(word)
        }
    }

    // MARK: Control

    private mutating func control(_ word: String) throws -> TemplateNode {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        if tokens.isEmpty { throw error("missing value for \(word)") }
        let pipeline = try wholePipeline(word)
        if word == "range" { rangeDepth += 1 }
        let (then, end) = try scoped()
        if word == "range" { rangeDepth -= 1 }
        var otherwise: [TemplateNode] = []
        switch end {
        case "end": break
        case "else":
            if case .word(let next)? = tokens.first?.kind, next == "if" || next == "with", next == word {
                // `else if` is an `if` in the other branch that shares its end.
                tokens.removeFirst()
                otherwise = [try control(next)]
            } else {
                guard tokens.isEmpty else { throw error("unexpected \(found) in else") }
                let (nodes, last) = try scoped()
                if last == "else" { throw error("expected end; found {{else}}") }
                guard last == "end" else { throw error("unexpected EOF") }
                otherwise = nodes
            }
        default: throw error("unexpected EOF")
        }
        return switch word {
        case "if": .branch(pipeline, then: then, otherwise: otherwise)
        case "with": .with(pipeline, then: then, otherwise: otherwise)
        default: .range(pipeline, each: then, otherwise: otherwise)
        }
    }

    private mutating func scoped() throws -> ([TemplateNode], end: String?) {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        return try list()
    }

    // MARK: Named templates

    private mutating func define() throws {
        let name = try quotedName("define clause")
        guard tokens.isEmpty else { throw error("unexpected \(found) in define clause") }
        definitions[name] = try body(of: "define clause")
    }

    /// `block "name" pipeline` defines a template and uses it at once.
    private mutating func block() throws -> TemplateNode {
        let place = tokens.first?.place ?? TemplatePlace(line: line)
        let name = try quotedName("block clause")
        if tokens.isEmpty { throw error("missing value for block clause") }
        let pipeline = try wholePipeline("block clause")
        definitions[name] = try body(of: "block clause")
        return .template(name, pipeline, place: place)
    }

    private mutating func body(of context: String) throws -> [TemplateNode] {
        let outer = (variables, rangeDepth)
        (variables, rangeDepth) = ([""], 0)
        defer { (variables, rangeDepth) = outer }
        let (nodes, end) = try list()
        guard end == "end" else { throw error(end == nil ? "unexpected EOF" : "unexpected {{else}} in \(context)") }
        return nodes
    }

    private mutating func templateCall() throws -> TemplateNode {
        var place = tokens.first?.place ?? TemplatePlace(line: line)
        let name = try quotedName("template clause")
        let pipeline = tokens.isEmpty ? nil : try wholePipeline("template clause")
        place.text = "{{template \(place.text)\(pipeline.map { " \($0.text)" } ?? "")}}"
        return .template(name, pipeline, place: place)
    }

    private mutating func quotedName(_ context: String) throws -> String {
        guard case .string(let name)? = tokens.first?.kind else { throw error("unexpected \(found) in \(context)") }
        tokens.removeFirst()
        return name
    }

    // MARK: Pipelines

    private var found: String { tokens.first.map { "<\($0.place.text)>" } ?? "\"}}\"" }

    private mutating func wholePipeline(_ context: String) throws -> TemplatePipeline {
        let result = try pipeline(context)
        guard tokens.isEmpty else { throw error("unexpected \(found) in \(context)") }
        return result
    }

    private mutating func takeSymbol(_ symbol: String) -> Bool {
        guard tokens.first?.kind == .symbol(symbol) else { return false }
        tokens.removeFirst()
        return true
    }

    private mutating func pipeline(_ context: String) throws -> TemplatePipeline {
        var result = TemplatePipeline()
        try declaration(&result, isRange: context == "range")
        repeat {
            let command = try command(context)
            if !result.commands.isEmpty, command.operands.count == 1, Self.isConstant(command.operands[0]) {
                throw error("non executable command in pipeline stage \(result.commands.count + 1)")
            }
            result.commands.append(command)
        } while takeSymbol("|")
        // Known only behind the value that they take.
        if !result.assigns { variables += result.variables }
        return result
    }

    private static func isConstant(_ operand: TemplateOperand) -> Bool {
        guard operand.fields.isEmpty else { return false }
        switch operand.head {
        case .dot, .value: return true
        case .variable, .function, .pipeline: return false
        }
    }

    /// `$x :=`, `$x =`, `$k, $v :=`; leaves anything else alone.
    private mutating func declaration(_ pipeline: inout TemplatePipeline, isRange: Bool) throws {
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
            guard names.count == 1, tokens.first?.kind == .symbol(",") else { break }
            guard isRange else { throw error("too many declarations in command") }
            tokens.removeFirst()
        }
        tokens = before
    }

    private mutating func command(_ context: String) throws -> TemplateCommand {
        var operands: [TemplateOperand] = []
        while let token = tokens.first, token.kind != .symbol("|"), token.kind != .symbol(")") { operands.append(try operand(context)) }
        guard !operands.isEmpty else { throw error("missing value for \(context == "command" ? "command" : context)") }
        return TemplateCommand(operands: operands)
    }

    private mutating func operand(_ context: String) throws -> TemplateOperand {
        guard let token = tokens.popFirst() else { throw error("missing value for command") }
        var operand = TemplateOperand(head: .dot, fields: [], place: token.place)
        switch token.kind {
        case .field(let name): if !name.isEmpty { operand.fields.append(name) }
        case .variable(let name):
            guard variables.contains(name) else { throw error("undefined variable \(quoted("$" + name))") }
            operand.head = .variable(name)
        case .string(let text): operand.head = .value(.string(text))
        case .number(let value): operand.head = .value(value)
        case .word("true"): operand.head = .value(.bool(true))
        case .word("false"): operand.head = .value(.bool(false))
        case .word("nil"): operand.head = .value(.null)
        case .word(let name):
            guard TemplateFunctions.names.contains(name) else { throw error("function \(quoted(name)) not defined") }
            operand.head = .function(name)
        case .symbol("("):
            let inner = try pipeline("parenthesized pipeline")
            operand.head = .pipeline(inner)
            guard takeSymbol(")") else { throw error("unclosed left paren") }
            operand.place.text = "(\(inner.text))"
        case .symbol: throw error("unexpected <\(token.place.text)> in \(context == "command" ? "operand" : context)")
        }
        while let next = tokens.first, !next.isSeparated, case .field(let name) = next.kind, !name.isEmpty {
            tokens.removeFirst()
            // The second part of a chain is where Go says that it is.
            if !operand.place.isChain { operand.place.column = next.place.column }
            operand.place.isChain = true
            operand.place.text += next.place.text
            operand.fields.append(name)
        }
        return operand
    }
}
