// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What templates can call: the functions of Go's text/template and those that docker adds.

import WharfJSON

/// One argument of a call.
struct TemplateArgument {
    let value: JSONValue
    let place: TemplatePlace
    /// Written in the template, which Go words differently.
    let isLiteral: Bool
}

/// Functions and the conversions that they share.
enum TemplateFunctions {
    /// What a function takes; its names are those of Go's types.
    private enum Parameter: String {
        case any = "interface {}"
        case text = "string"
        case number = "int"
        case texts = "[]string"
    }

    /// Parameters of every function; `isVariadic` ones take more of the last kind, or none of it.
    private static let signatures: [String: (parameters: [Parameter], isVariadic: Bool)] = [
        "json": ([.any], false), "split": ([.text, .text], false), "join": ([.texts, .text], false), "title": ([.text], false),
        "lower": ([.text], false), "upper": ([.text], false), "pad": ([.text, .number, .number], false),
        "truncate": ([.text, .number], false), "print": ([.any], true), "println": ([.any], true), "printf": ([.text, .any], true),
        "html": ([.any], true), "js": ([.any], true), "urlquery": ([.any], true), "index": ([.any, .any], true),
        "slice": ([.any, .any], true), "len": ([.any], false), "not": ([.any], false), "and": ([.any], true), "or": ([.any], true),
        "eq": ([.any, .any], true), "ne": ([.any, .any], false), "lt": ([.any, .any], false), "le": ([.any, .any], false),
        "gt": ([.any, .any], false), "ge": ([.any, .any], false), "call": ([.any, .any], true),
    ]

    /// Everything that may be called.
    static let names: Set<String> = Set(signatures.keys)

    /// Calls a function. Throws `TemplateError` with Go's words.
    static func call(_ name: String, _ arguments: [TemplateArgument], at place: TemplatePlace) throws -> JSONValue {
        try check(name, arguments, place)
        let values = arguments.map(\.value)
        func fail(_ message: String) -> TemplateError { .executing("error calling \(name): \(message)", at: place) }
        switch name {
        case "json": return .string(JSONText.compact(values[0]))
        case "print": return .string(printed(values))
        case "println": return .string(values.map(show).joined(separator: " ") + "\n")
        case "printf": return .string(TemplateFormat.format(values))
        case "html": return .string(TemplateEscapes.html(printed(values)))
        case "js": return .string(TemplateEscapes.script(printed(values)))
        case "urlquery": return .string(TemplateEscapes.query(printed(values)))
        case "index": return try index(values, fail)
        case "slice": return try slice(values, fail)
        case "len":
            guard let length = length(values[0]) else { throw fail("len of type \(typeName(values[0]))") }
            return .number(JSONNumber(length))
        case "not": return .bool(!isTrue(values[0]))
        case "eq", "ne", "lt", "le", "gt", "ge": return .bool(try TemplateComparison.compare(name, values, fail))
        case "call":
            throw fail(values[0] == .null ? "call of nil" : "non-function \(arguments[0].place.text) of type \(typeName(values[0]))")
        default: return text(name, values)
        }
    }

    private static func check(_ name: String, _ arguments: [TemplateArgument], _ place: TemplatePlace) throws {
        guard let (parameters, isVariadic) = signatures[name] else { return }
        // `eq` and its like check for themselves, in other words.
        let isComparison = ["eq", "ne", "lt", "le", "gt", "ge"].contains(name)
        let wanted = parameters.count - (isVariadic ? 1 : 0)
        guard
            isVariadic ? arguments.count >= wanted : arguments.count == wanted || (isComparison && arguments.count < wanted && name == "eq")
        else {
            let least = isVariadic ? "at least " : ""
            throw TemplateError.executing("wrong number of args for \(name): want \(least)\(wanted) got \(arguments.count)", at: place)
        }
        for (parameter, argument) in zip(parameters, arguments) { try check(parameter, argument) }
    }

    private static func check(_ parameter: Parameter, _ argument: TemplateArgument) throws {
        let fits =
            switch parameter {
            case .any: true
            case .text: argument.value.string != nil
            case .number: argument.value.int != nil
            // A list that is not there is an empty one.
            case .texts: argument.value.array != nil || argument.value == .null
            }
        guard !fits else { return }
        let word = parameter == .number ? "integer" : parameter.rawValue
        let message =
            argument.isLiteral
            ? "expected \(word); found \(argument.place.text)"
            : argument.value == .null
                ? "invalid value; expected \(parameter.rawValue)"
                : "wrong type for value; expected \(parameter.rawValue); got \(typeName(argument.value))"
        throw TemplateError.executing(message, at: argument.place)
    }

    /// docker's functions on strings; the arguments have been checked.
    private static func text(_ name: String, _ values: [JSONValue]) -> JSONValue {
        let first = values.first?.string ?? ""
        switch name {
        case "lower": return .string(first.lowercased())
        case "upper": return .string(first.uppercased())
        case "title": return .string(first.split(separator: " ", omittingEmptySubsequences: false).map(capitalised).joined(separator: " "))
        case "split": return .array(split(first, by: values[1].string ?? "").map { .string($0) })
        case "join": return .string((values[0].array ?? []).map(show).joined(separator: values[1].string ?? ""))
        case "truncate": return .string(String(first.prefix(max(0, values[1].int ?? 0))))
        default:
            if first.isEmpty { return .string("") }
            let (before, after) = (max(0, values[1].int ?? 0), max(0, values[2].int ?? 0))
            return .string(String(repeating: " ", count: min(before, 4096)) + first + String(repeating: " ", count: min(after, 4096)))
        }
    }

    private static func split(_ text: String, by separator: String) -> [String] {
        if separator.isEmpty { return text.map { String($0) } }
        return text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    private static func capitalised(_ word: Substring) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    private static func index(_ arguments: [JSONValue], _ fail: (String) -> TemplateError) throws -> JSONValue {
        var value = arguments[0]
        for key in arguments.dropFirst() {
            switch value {
            case .object(let object):
                guard let name = key.string else { throw fail("value has type \(typeName(key)); should be string") }
                // A map of strings has the empty string for a key that it lacks, as in Go.
                let isStringMap = object.members.allSatisfy { $0.value.string != nil }
                value = object[name] ?? (isStringMap ? .string("") : .null)
            case .array(let list):
                guard let position = key.int else {
                    throw fail(key == .null ? "cannot index slice/array with nil" : "cannot index slice/array with type \(typeName(key))")
                }
                guard list.indices.contains(position) else { throw fail("index out of range: \(position)") }
                value = list[position]
            case .string(let text):
                let bytes = Array(text.utf8)
                guard let position = key.int else { throw fail("cannot index slice/array with type \(typeName(key))") }
                guard bytes.indices.contains(position) else { throw fail("index out of range: \(position)") }
                value = .number(JSONNumber(bytes[position]))
            // An absent map of strings, which is what templates look into.
            case .null: value = .string("")
            default: throw fail("can't index item of type \(typeName(value))")
            }
        }
        return value
    }

    private static func slice(_ arguments: [JSONValue], _ fail: (String) -> TemplateError) throws -> JSONValue {
        guard arguments.count <= 3 else { throw fail("too many slice indexes: \(arguments.count - 1)") }
        let count: Int
        switch arguments[0] {
        case .array(let list): count = list.count
        case .string(let text): count = text.utf8.count
        case .null: throw fail("slice of untyped nil")
        default: throw fail("can't slice item of type \(typeName(arguments[0]))")
        }
        var bounds = [0, count]
        for (position, argument) in arguments.dropFirst().enumerated() {
            guard let bound = argument.int else { throw fail("cannot index slice/array with type \(typeName(argument))") }
            guard (0...count).contains(bound) else { throw fail("index out of range: \(bound)") }
            bounds[position] = bound
        }
        guard bounds[0] <= bounds[1] else { throw fail("invalid slice index: \(bounds[0]) > \(bounds[1])") }
        if case .array(let list) = arguments[0] { return .array(Array(list[bounds[0]..<bounds[1]])) }
        return .string(String(decoding: Array((arguments[0].string ?? "").utf8)[bounds[0]..<bounds[1]], as: UTF8.self))
    }

    /// `print`: a space only between operands that are no strings.
    static func printed(_ arguments: [JSONValue]) -> String {
        var text = ""
        for (index, value) in arguments.enumerated() {
            if index > 0, value.string == nil, arguments[index - 1].string == nil { text += " " }
            text += show(value)
        }
        return text
    }

    /// Everything but null, false, zero and empty.
    static func isTrue(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let value): value
        case .number: value.double != 0
        case .string(let text): !text.isEmpty
        case .array(let list): !list.isEmpty
        case .object(let object): object.count > 0
        }
    }

    private static func length(_ value: JSONValue) -> Int? {
        switch value {
        case .null: 0
        case .string(let text): text.utf8.count
        case .array(let list): list.count
        case .object(let object): object.count
        default: nil
        }
    }

    /// As Go prints a value: `[a b]`, `map[k:v]`, `<no value>`.
    static func show(_ value: JSONValue) -> String {
        switch value {
        case .null: "<no value>"
        case .bool(let value): value ? "true" : "false"
        case .number(let number): number.text
        case .string(let text): text
        case .array(let list): "[" + list.map { $0 == .null ? "<nil>" : show($0) }.joined(separator: " ") + "]"
        case .object(let object):
            "map[" + sorted(object).map { "\($0.key):\($0.value == .null ? "<nil>" : show($0.value))" }.joined(separator: " ") + "]"
        }
    }

    /// Members in the order of their keys, as Go walks maps in templates.
    static func sorted(_ object: JSONObject) -> [JSONObject.Member] {
        object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }

    /// Go's name for the type of a value.
    static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "nil"
        case .bool: "bool"
        case .number: value.int == nil ? "float64" : "int"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }
}
