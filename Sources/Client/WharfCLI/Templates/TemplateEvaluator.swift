// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Walks a template's tree over a value.

import WharfJSON

/// Fills one template once.
struct TemplateEvaluator {
    private var variables: [(name: String, value: JSONValue)]
    private var dot: JSONValue
    private var output = ""
    private var depth = 0
    private let definitions: [String: [TemplateNode]]
    private let methods: [String: Template.Method]
    private let rowType: String?
    private let passing: Set<String>

    /// Where a list of nodes was left.
    private enum End {
        case whole, breaking, continuing
    }

    init(
        root: JSONValue, definitions: [String: [TemplateNode]], methods: [String: Template.Method], rowType: String?,
        passing: Set<String>
    ) {
        variables = [("", root)]
        dot = root
        self.definitions = definitions
        self.methods = methods
        self.rowType = rowType
        self.passing = passing
    }

    /// The text that nodes make.
    mutating func text(of nodes: [TemplateNode]) throws -> String {
        _ = try run(nodes)
        return output
    }

    /// Appends what nodes make; variables declared in them end with them.
    private mutating func run(_ nodes: [TemplateNode]) throws -> End {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        for node in nodes {
            let end = try run(node)
            if end != .whole { return end }
        }
        return .whole
    }

    private mutating func run(_ node: TemplateNode) throws -> End {
        switch node {
        case .text(let literal): output += literal
        case .action(let pipeline):
            let value = try evaluate(pipeline)
            if pipeline.variables.isEmpty { output += show(value, of: pipeline) }
        case .branch(let pipeline, let then, let otherwise):
            return try scoped(pipeline) { me, value in try me.run(TemplateFunctions.isTrue(value) ? then : otherwise) }
        case .with(let pipeline, let then, let otherwise):
            return try scoped(pipeline) { me, value in
                TemplateFunctions.isTrue(value) ? try me.run(then, dot: value) : try me.run(otherwise)
            }
        case .range(let pipeline, let each, let otherwise):
            return try scoped(pipeline) { me, value in try me.range(pipeline, over: value, each, otherwise) }
        case .breakRange: return .breaking
        case .continueRange: return .continuing
        case .template(let name, let pipeline, let place): try call(name, pipeline, place)
        }
        return .whole
    }

    private mutating func run(_ nodes: [TemplateNode], dot value: JSONValue) throws -> End {
        let outer = dot
        dot = value
        defer { dot = outer }
        return try run(nodes)
    }

    /// Another template sees its argument alone.
    private mutating func call(_ name: String, _ pipeline: TemplatePipeline?, _ place: TemplatePlace) throws {
        guard let nodes = definitions[name] else { throw TemplateError.executing("template \(quoted(name)) not defined", at: place) }
        // Templates may call themselves; Go's limit is 100,000, and so deep no stack of ours is.
        guard depth < 1000 else { throw TemplateError.executing("exceeded maximum template depth (1000)", at: place) }
        let value = try pipeline.map { try evaluate($0) } ?? .null
        let outer = variables
        variables = [("", value)]
        depth += 1
        defer {
            variables = outer
            depth -= 1
        }
        _ = try run(nodes, dot: value)
    }

    /// Evaluates, hands the value on and forgets the variables that the pipeline declared.
    private mutating func scoped(
        _ pipeline: TemplatePipeline, _ body: (inout TemplateEvaluator, JSONValue) throws -> End
    ) throws -> End {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        let value = try evaluate(pipeline)
        return try body(&self, value)
    }

    private mutating func range(
        _ pipeline: TemplatePipeline, over value: JSONValue, _ each: [TemplateNode], _ otherwise: [TemplateNode]
    ) throws -> End {
        var isEmpty = true
        func number(_ index: Int) -> JSONValue { .number(JSONNumber(index)) }
        switch value {
        case .array(let list):
            for (index, element) in list.enumerated() {
                isEmpty = false
                guard try step(pipeline, number(index), element, each) else { break }
            }
        case .object(let object):
            for member in TemplateFunctions.sorted(object) {
                isEmpty = false
                guard try step(pipeline, .string(member.key), member.value, each) else { break }
            }
        case .number where value.int != nil:
            for index in 0..<max(0, value.int ?? 0) {
                isEmpty = false
                guard try step(pipeline, number(index), number(index), each) else { break }
            }
        case .null: break
        default: throw TemplateError.executing("range can't iterate over \(TemplateFunctions.show(value))", at: pipeline.place)
        }
        return isEmpty ? try run(otherwise) : .whole
    }

    /// One round; false ends the loop.
    private mutating func step(
        _ pipeline: TemplatePipeline, _ key: JSONValue, _ value: JSONValue, _ each: [TemplateNode]
    ) throws -> Bool {
        let known = variables.count
        defer { variables.removeLast(variables.count - known) }
        let values = pipeline.variables.count == 1 ? [value] : [key, value]
        for (name, value) in zip(pipeline.variables, values) {
            if pipeline.assigns { try assign(name, value, pipeline) } else { variables.append((name, value)) }
        }
        return try run(each, dot: value) != .breaking
    }

    // MARK: Values

    private mutating func evaluate(_ pipeline: TemplatePipeline) throws -> JSONValue {
        var value: JSONValue?
        for command in pipeline.commands { value = try evaluate(command, last: value) }
        let result = value ?? .null
        if pipeline.variables.count == 1 {
            if pipeline.assigns {
                try assign(pipeline.variables[0], result, pipeline)
            } else {
                variables.append((pipeline.variables[0], result))
            }
        }
        return result
    }

    private mutating func assign(_ name: String, _ value: JSONValue, _ pipeline: TemplatePipeline) throws {
        guard let index = variables.lastIndex(where: { $0.name == name }) else {
            throw TemplateError.executing("undefined variable: $\(name)", at: pipeline.place)
        }
        variables[index].value = value
    }

    private mutating func evaluate(_ command: TemplateCommand, last: JSONValue?) throws -> JSONValue {
        let first = command.operands[0]
        let rest = command.operands.dropFirst()
        if case .function(let name) = first.head {
            var place = first.place
            place.text = command.text
            return try call(name, rest, last, place)
        }
        guard rest.isEmpty, last == nil else { return try refuseArguments(first, rest, last) }
        if case .value(.null) = first.head { throw TemplateError.executing("nil is not a command", at: first.place) }
        return try evaluate(first)
    }

    /// Only methods of a row take arguments.
    private mutating func refuseArguments(
        _ first: TemplateOperand, _ rest: ArraySlice<TemplateOperand>, _ last: JSONValue?
    ) throws -> JSONValue {
        guard let name = first.fields.last else {
            throw TemplateError.executing("can't give argument to non-function \(first.place.text)", at: first.place)
        }
        guard first.fields.count == 1, let method = methods[name], case .dot = first.head else {
            _ = try evaluate(first)
            throw TemplateError.executing("\(name) is not a method but has arguments", at: first.place)
        }
        var arguments: [JSONValue] = []
        for operand in rest { arguments.append(try evaluate(operand)) }
        if let last { arguments.append(last) }
        guard arguments.count == 1 else { throw wrongCount(name, arguments.count, first.place) }
        guard arguments[0].string != nil else {
            throw TemplateError.executing("expected string; found \(rest.first?.place.text ?? "")", at: rest.first?.place ?? first.place)
        }
        return try method(arguments)
    }

    private func wrongCount(_ name: String, _ count: Int, _ place: TemplatePlace) -> TemplateError {
        .executing("wrong number of args for \(name): want 1 got \(count)", at: place)
    }

    private mutating func call(
        _ name: String, _ operands: ArraySlice<TemplateOperand>, _ last: JSONValue?, _ place: TemplatePlace
    ) throws -> JSONValue {
        // `and` and `or` stop at the value that decides.
        if name == "and" || name == "or" { return try lazily(name, operands, last, place) }
        var arguments: [TemplateArgument] = []
        for operand in operands {
            var isLiteral = false
            if case .value = operand.head { isLiteral = true }
            arguments.append(TemplateArgument(value: try evaluate(operand), place: operand.place, isLiteral: isLiteral))
        }
        if let last { arguments.append(TemplateArgument(value: last, place: place, isLiteral: false)) }
        if passing.contains(name), let first = arguments.first { return first.value }
        if name == "json", rowType != nil, arguments.count == 1, case .object = arguments[0].value {
            return .string(JSONText.compactForHTML(arguments[0].value))
        }
        return try TemplateFunctions.call(name, arguments, at: place)
    }

    private mutating func lazily(
        _ name: String, _ operands: ArraySlice<TemplateOperand>, _ last: JSONValue?, _ place: TemplatePlace
    ) throws -> JSONValue {
        guard !operands.isEmpty || last != nil else {
            throw TemplateError.executing("wrong number of args for \(name): want at least 1 got 0", at: place)
        }
        var value = JSONValue.null
        for operand in operands {
            value = try evaluate(operand)
            if TemplateFunctions.isTrue(value) != (name == "and") { return value }
        }
        return last ?? value
    }

    private mutating func evaluate(_ operand: TemplateOperand) throws -> JSONValue {
        switch operand.head {
        case .dot: return try follow(operand, from: dot)
        case .value(let value): return value
        case .function(let name): return try follow(operand, from: try call(name, [], nil, operand.place))
        case .pipeline(let pipeline):
            let value = try evaluate(pipeline)
            return try follow(operand, from: value)
        case .variable(let name):
            guard let value = variables.last(where: { $0.name == name })?.value else {
                throw TemplateError.executing("undefined variable: $\(name)", at: operand.place)
            }
            return try follow(operand, from: value)
        }
    }

    /// Goes down by fields. A name finds its key in any case: people write Go's field names (`.ID`), the document
    /// has Docker's keys (`Id`).
    private func follow(_ operand: TemplateOperand, from start: JSONValue) throws -> JSONValue {
        var value = start
        for (index, name) in operand.fields.enumerated() {
            switch value {
            case .object(let object):
                guard let found = find(name, in: object) else {
                    if index > 0, rowType == nil, TypedFields.isMap(operand.fields[index - 1]) {
                        value = .null
                        continue
                    }
                    if let rowType {
                        if methods[name] != nil { throw wrongCount(name, 0, operand.place) }
                        throw TemplateError.executing("can't evaluate field \(name) in type \(rowType)", at: operand.place)
                    }
                    throw TemplateError.executing("map has no entry for key \(quoted(name))", at: operand.place)
                }
                value = found
            case .null: throw TemplateError.executing("nil data; no entry for key \(quoted(name))", at: operand.place)
            default:
                let type = rowType == nil ? "interface {}" : TemplateFunctions.typeName(value)
                throw TemplateError.executing("can't evaluate field \(name) in type \(type)", at: operand.place)
            }
        }
        return value
    }

    private func find(_ name: String, in object: JSONObject) -> JSONValue? {
        object[name] ?? object.members.first { $0.key.lowercased() == name.lowercased() }?.value
            ?? (rowType == nil ? TypedFields.value(ofOmitted: name) : nil)
    }

    /// A null that a field led to is printed as the field's type would be, and as no value where a map lacks the key.
    private func show(_ value: JSONValue, of pipeline: TemplatePipeline) -> String {
        guard value == .null, pipeline.commands.count == 1, pipeline.commands[0].operands.count == 1,
            let fields = Optional(pipeline.commands[0].operands[0].fields), let field = fields.last
        else { return TemplateFunctions.show(value) }
        if let above = fields.dropLast().last, TypedFields.isMap(above) { return TemplateFunctions.show(value) }
        return TypedFields.shownNull(named: field)
    }
}
