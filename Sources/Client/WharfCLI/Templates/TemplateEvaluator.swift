// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Walks a template's tree over a value.

import WharfJSON

/// Fills one template once.
struct TemplateEvaluator {
    private var variables: [(name: String, value: JSONValue)]
    private let methods: [String: Template.Method]
    private var dot: JSONValue

    private let rowType: String?

    init(root: JSONValue, methods: [String: Template.Method], rowType: String?) {
        self.rowType = rowType
        variables = [("", root)]
        self.methods = methods
        dot = root
    }

    /// The text of nodes; variables declared in them end with them.
    mutating func run(_ nodes: [TemplateNode]) throws -> String {
        let depth = variables.count
        defer { variables.removeLast(variables.count - depth) }
        var text = ""
        for node in nodes {
            switch node {
            case .text(let literal): text += literal
            case .action(let pipeline):
                let value = try evaluate(pipeline)
                if pipeline.variables.isEmpty { text += show(value, of: pipeline) }
            case .branch(let pipeline, let then, let otherwise):
                text += try scoped(pipeline) { me, value in try me.run(TemplateFunctions.isTrue(value) ? then : otherwise) }
            case .with(let pipeline, let then, let otherwise):
                text += try scoped(pipeline) { me, value in
                    guard TemplateFunctions.isTrue(value) else { return try me.run(otherwise) }
                    return try me.run(then, dot: value)
                }
            case .range(let pipeline, let each, let otherwise):
                text += try scoped(pipeline) { me, value in try me.range(pipeline, over: value, each, otherwise) }
            }
        }
        return text
    }

    private mutating func run(_ nodes: [TemplateNode], dot value: JSONValue) throws -> String {
        let outer = dot
        dot = value
        defer { dot = outer }
        return try run(nodes)
    }

    /// Evaluates, hands the value on and forgets the variables that the pipeline declared.
    private mutating func scoped(
        _ pipeline: TemplatePipeline, _ body: (inout TemplateEvaluator, JSONValue) throws -> String
    ) throws -> String {
        let depth = variables.count
        defer { variables.removeLast(variables.count - depth) }
        let value = try evaluate(pipeline)
        return try body(&self, value)
    }

    private mutating func range(
        _ pipeline: TemplatePipeline, over value: JSONValue, _ each: [TemplateNode], _ otherwise: [TemplateNode]
    ) throws -> String {
        var elements: [(key: JSONValue, value: JSONValue)]
        switch value {
        case .array(let list): elements = list.enumerated().map { (.number(JSONNumber($0.offset)), $0.element) }
        case .object(let object):
            elements = TemplateFunctions.sorted(object).map { (.string($0.key), $0.value) }
        case .number(let number):
            let count = Int(number.text) ?? 0
            elements = (0..<max(0, min(count, 100_000))).map { (.number(JSONNumber($0)), .number(JSONNumber($0))) }
        case .null: elements = []
        default: throw TemplateError.executing("range can't iterate over \(TemplateFunctions.show(value))", at: TemplatePlace())
        }
        guard !elements.isEmpty else { return try run(otherwise) }
        let depth = variables.count
        var text = ""
        for element in elements {
            defer { variables.removeLast(variables.count - depth) }
            switch pipeline.variables.count {
            case 0: break
            case 1: variables.append((pipeline.variables[0], element.value))
            default:
                variables.append((pipeline.variables[0], element.key))
                variables.append((pipeline.variables[1], element.value))
            }
            text += try run(each, dot: element.value)
        }
        return text
    }

    private mutating func evaluate(_ pipeline: TemplatePipeline) throws -> JSONValue {
        var value: JSONValue?
        for command in pipeline.commands { value = try evaluate(command, last: value) }
        let result = value ?? .null
        if pipeline.variables.count == 1 {
            let name = pipeline.variables[0]
            if pipeline.assigns, let index = variables.lastIndex(where: { $0.name == name }) {
                variables[index].value = result
            } else {
                variables.append((name, result))
            }
        }
        return result
    }

    private mutating func evaluate(_ command: TemplateCommand, last: JSONValue?) throws -> JSONValue {
        let first = command.operands[0]
        let rest = command.operands.dropFirst()
        if case .function(let name) = first.head {
            // `and` and `or` stop at the value that decides.
            if name == "and" || name == "or" { return try lazily(name, rest, last) }
            var arguments: [JSONValue] = []
            for operand in rest { arguments.append(try evaluate(operand)) }
            if let last { arguments.append(last) }
            if name == "json", rowType != nil, arguments.count == 1, case .object = arguments[0] {
                return .string(JSONText.compactForHTML(arguments[0]))
            }
            let result = try TemplateFunctions.call(name, arguments, at: first.place)
            return try follow(first.fields[...], from: result)
        }
        guard rest.isEmpty, last == nil else {
            var arguments: [JSONValue] = []
            for operand in rest { arguments.append(try evaluate(operand)) }
            if let last { arguments.append(last) }
            guard case .dot = first.head, first.fields.count == 1, let method = methods[first.fields[0].name] else {
                throw TemplateError.executing("\(first.place.text) has arguments but cannot be invoked as function", at: first.place)
            }
            return try method(arguments)
        }
        return try evaluate(first)
    }

    private mutating func lazily(_ name: String, _ operands: ArraySlice<TemplateOperand>, _ last: JSONValue?) throws -> JSONValue {
        var value = JSONValue.null
        for operand in operands {
            value = try evaluate(operand)
            if TemplateFunctions.isTrue(value) != (name == "and") { return value }
        }
        return last ?? value
    }

    private mutating func evaluate(_ operand: TemplateOperand) throws -> JSONValue {
        switch operand.head {
        case .dot: return try follow(operand.fields[...], from: dot)
        case .value(let value): return value
        case .function(let name): return try TemplateFunctions.call(name, [], at: operand.place)
        case .pipeline(let pipeline):
            let value = try evaluate(pipeline)
            return try follow(operand.fields[...], from: value)
        case .variable(let name):
            guard let value = variables.last(where: { $0.name == name })?.value else {
                throw TemplateError.parsing("undefined variable \(quoted("$" + name))", line: operand.place.line)
            }
            return try follow(operand.fields[...], from: value)
        }
    }

    private func find(_ name: String, in object: JSONObject) -> JSONValue? {
        object[name] ?? object.members.first { $0.key.lowercased() == name.lowercased() }?.value
            ?? (rowType == nil ? TypedFields.value(ofOmitted: name) : nil)
    }

    /// A null that a field led to is printed as the field's type would be.
    private func show(_ value: JSONValue, of pipeline: TemplatePipeline) -> String {
        guard value == .null, pipeline.commands.count == 1, pipeline.commands[0].operands.count == 1,
            let field = pipeline.commands[0].operands[0].fields.last
        else { return TemplateFunctions.show(value) }
        return TypedFields.shownNull(named: field.name)
    }

    /// Goes down by fields. A name finds its key in any case: people write Go's field names (`.ID`), the document
    /// has Docker's keys (`Id`).
    private func follow(_ fields: ArraySlice<(name: String, place: TemplatePlace)>, from start: JSONValue) throws -> JSONValue {
        var value = start
        for (name, place) in fields {
            switch value {
            case .object(let object):
                guard let found = find(name, in: object) else {
                    if let rowType { throw TemplateError.executing("can't evaluate field \(name) in type \(rowType)", at: place) }
                    throw TemplateError.executing("map has no entry for key \(quoted(name))", at: place)
                }
                value = found
            case .null:
                throw TemplateError.executing("nil data; no entry for key \(quoted(name))", at: place)
            default:
                throw TemplateError.executing("can't evaluate field \(name) in type \(TemplateFunctions.typeName(value))", at: place)
            }
        }
        return value
    }
}
