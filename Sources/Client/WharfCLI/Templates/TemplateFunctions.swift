// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The functions of templates: Go's own and docker's (json, join, split, title, lower, upper, pad, truncate).

import WharfJSON

/// Functions and the conversions that they share.
enum TemplateFunctions {
    static let names: Set<String> = [
        "json", "join", "split", "title", "lower", "upper", "pad", "truncate", "println", "print", "printf", "index", "len", "eq", "ne",
        "lt", "le", "gt", "ge", "and", "or", "not", "slice",
    ]

    /// Calls a function. Throws `TemplateError` with Go's words.
    static func call(_ name: String, _ arguments: [JSONValue], at place: TemplatePlace) throws -> JSONValue {
        func fail(_ message: String) -> TemplateError { .executing("error calling \(name): \(message)", at: place) }
        func need(_ count: Int) throws {
            guard arguments.count == count else {
                throw TemplateError.executing("wrong number of args for \(name): want \(count) got \(arguments.count)", at: place)
            }
        }
        switch name {
        case "json":
            try need(1)
            return .string(JSONText.compact(arguments[0]))
        case "print": return .string(printed(arguments))
        case "println": return .string(arguments.map(show).joined(separator: " ") + "\n")
        case "printf": return .string(TemplateFormat.format(arguments))
        case "index": return try index(arguments, fail)
        case "len":
            try need(1)
            guard let length = length(arguments[0]) else { throw fail("len of type \(typeName(arguments[0]))") }
            return .number(JSONNumber(length))
        case "not":
            try need(1)
            return .bool(!isTrue(arguments[0]))
        case "eq", "ne", "lt", "le", "gt", "ge": return .bool(try compare(name, arguments, fail))
        case "split":
            try need(2)
            return .array(split(show(arguments[0]), by: show(arguments[1])).map { .string($0) })
        case "join":
            try need(2)
            return .string((arguments[0].array ?? []).map(show).joined(separator: show(arguments[1])))
        default: return .string(try text(name, arguments, fail))
        }
    }

    private static func split(_ text: String, by separator: String) -> [String] {
        if separator.isEmpty { return text.map { String($0) } }
        return text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    /// The functions on strings.
    private static func text(_ name: String, _ arguments: [JSONValue], _ fail: (String) -> TemplateError) throws -> String {
        guard let first = arguments.first.map(show) else { throw fail("missing argument") }
        switch name {
        case "lower": return first.lowercased()
        case "upper": return first.uppercased()
        case "title": return first.split(separator: " ", omittingEmptySubsequences: false).map(capitalised).joined(separator: " ")
        case "pad":
            guard arguments.count == 3, let before = arguments[1].int, let after = arguments[2].int else { throw fail("bad arguments") }
            if first.isEmpty { return first }
            return String(repeating: " ", count: max(0, before)) + first + String(repeating: " ", count: max(0, after))
        case "truncate":
            guard arguments.count == 2, let length = arguments[1].int else { throw fail("bad arguments") }
            return String(first.prefix(max(0, length)))
        case "slice":
            let from = arguments.count > 1 ? arguments[1].int ?? 0 : 0
            let to = arguments.count > 2 ? arguments[2].int ?? 0 : first.count
            guard from >= 0, from <= to, to <= first.count else { throw fail("index out of range") }
            return String(first.dropFirst(from).prefix(to - from))
        default: throw fail("not defined")
        }
    }

    private static func capitalised(_ word: Substring) -> String { word.prefix(1).uppercased() + word.dropFirst() }

    private static func index(_ arguments: [JSONValue], _ fail: (String) -> TemplateError) throws -> JSONValue {
        guard var value = arguments.first else { throw fail("missing argument") }
        for key in arguments.dropFirst() {
            switch value {
            case .object(let object):
                // A map of strings has the empty string for a key that it lacks, as in Go.
                let isStringMap = object.members.allSatisfy { $0.value.string != nil }
                value = object[show(key)] ?? (isStringMap ? .string("") : .null)
            case .array(let list):
                guard let position = key.int else { throw fail("cannot index slice/array with type \(typeName(key))") }
                guard list.indices.contains(position) else { throw fail("index out of range: \(position)") }
                value = list[position]
            // An absent map of strings, which is what templates look into.
            case .null: value = .string("")
            default: throw fail("can't index item of type \(typeName(value))")
            }
        }
        return value
    }

    private static func compare(_ name: String, _ arguments: [JSONValue], _ fail: (String) -> TemplateError) throws -> Bool {
        guard arguments.count >= 2 else { throw fail("missing argument for comparison") }
        let (left, right) = (arguments[0], arguments[1])
        switch name {
        case "eq": return arguments.dropFirst().contains { same(left, $0) }
        case "ne": return !same(left, right)
        default:
            let isLess: Bool
            let isSame = same(left, right)
            if let one = left.double, let two = right.double {
                isLess = one < two
            } else if let one = left.string, let two = right.string {
                isLess = one.utf8.lexicographicallyPrecedes(two.utf8)
            } else {
                throw fail("incompatible types for comparison")
            }
            return switch name {
            case "lt": isLess
            case "le": isLess || isSame
            case "gt": !isLess && !isSame
            default: !isLess
            }
        }
    }

    private static func same(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let one = left.double, let two = right.double { return one == two }
        return left == right
    }

    /// `print`: a space only between operands that are no strings.
    private static func printed(_ arguments: [JSONValue]) -> String {
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

    static func typeName(_ value: JSONValue) -> String {
        switch value {
        case .null: "nil"
        case .bool: "bool"
        case .number: "int"
        case .string: "string"
        case .array: "[]interface {}"
        case .object: "map[string]interface {}"
        }
    }
}
