// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Checks answers of the daemon against the Engine API's own description, in the short form that Tests/Description/write.py
// writes of it:
//
//     GET /images/json 200: [ImageSummary]
//     ImageSummary { Id*: string, Labels*: {string}, Descriptor: OCIDescriptor? }

public import WharfJSON

/// A part of the description: types, and which answer has which.
public struct EngineDescription: Sendable {
    /// A type of the description.
    indirect enum Kind: Sendable, Equatable {
        case any
        case string
        case integer
        case number
        case boolean
        case choice([String])
        case array(Kind)
        case map(Kind)
        case named(String)
    }

    struct Member: Sendable, Equatable {
        var kind: Kind
        var isRequired: Bool
        var isNullable: Bool
    }

    private var types: [String: [String: Member]] = [:]
    private var answers: [String: Kind] = [:]

    /// Reads the short form. A line that is none is a mistake of the table, and found by the first check that needs it.
    public init(_ text: String) {
        var pending = ""
        for line in text.split(separator: "\n") {
            pending += (pending.isEmpty ? "" : " ") + line.drop { $0 == " " }
            // Only answers have a path.
            if !pending.contains("/"), let brace = pending.firstIndex(of: "{") {
                guard pending.hasSuffix("}") else { continue }
                let name = pending[..<brace].filter { $0 != " " }
                types[name] = Self.members(pending[pending.index(after: brace)...].dropLast())
            } else if let colon = pending.lastIndex(of: ":") {
                answers[String(pending[..<colon])] = Self.kind(pending[pending.index(after: colon)...].drop { $0 == " " }).kind
            }
            pending = ""
        }
    }

    private static func members(_ text: Substring) -> [String: Member] {
        var members: [String: Member] = [:]
        for part in text.split(separator: ",") {
            guard let colon = part.firstIndex(of: ":") else { continue }
            var name = part[..<colon].filter { $0 != " " }
            let isRequired = name.hasSuffix("*")
            if isRequired { name.removeLast() }
            let (kind, isNullable) = kind(part[part.index(after: colon)...].drop { $0 == " " })
            members[name] = Member(kind: kind, isRequired: isRequired, isNullable: isNullable)
        }
        return members
    }

    private static func kind(_ text: Substring) -> (kind: Kind, isNullable: Bool) {
        var text = text
        while text.last == " " { text.removeLast() }
        let isNullable = text.last == "?"
        if isNullable { text.removeLast() }
        let kind: Kind
        switch text {
        case "any": return (.any, true)
        case "string": kind = .string
        case "integer": kind = .integer
        case "number": kind = .number
        case "boolean": kind = .boolean
        case _ where text.hasPrefix("["): kind = .array(Self.kind(text.dropFirst().dropLast()).kind)
        case _ where text.hasPrefix("{"): kind = .map(Self.kind(text.dropFirst().dropLast()).kind)
        case _ where text.hasPrefix("string("):
            kind = .choice(text.dropFirst(7).dropLast().split(separator: "|", omittingEmptySubsequences: false).map(String.init))
        default: kind = .named(String(text))
        }
        return (kind, isNullable)
    }

    // MARK: Checks

    /// What is wrong with an answer; empty if nothing is.
    ///
    /// - Parameters:
    ///   - answer: as `GET /images/json 200`.
    ///   - known: members that we send on purpose though the description has them no more, as `ImageInspect.ContainerConfig`.
    public func mistakes(in value: JSONValue, of answer: String, known: Set<String> = []) -> [String] {
        guard let kind = answers[answer] else { return ["the description has no answer \(answer)"] }
        return mistakes(value, kind, at: answer, known)
    }

    /// The same for a value of a type, as `ErrorResponse`.
    public func mistakes(in value: JSONValue, type: String, known: Set<String> = []) -> [String] {
        mistakes(value, .named(type), at: type, known)
    }

    private func mistakes(_ value: JSONValue, _ kind: Kind, at place: String, _ known: Set<String>) -> [String] {
        switch (kind, value) {
        case (.any, _), (.string, .string), (.boolean, .bool), (.number, .number): return []
        case (.integer, .number): return value.int == nil ? ["\(place) is no whole number"] : []
        case (.choice(let choices), .string(let text)):
            return choices.contains(text) ? [] : ["\(place) is \"\(text)\", not one of \(choices)"]
        case (.array(let inner), .array(let elements)):
            return elements.enumerated().flatMap { mistakes($1, inner, at: "\(place)[\($0)]", known) }
        case (.map(let inner), .object(let object)):
            // A list among the values may be null, as that of a port that is published nowhere.
            let isOfLists = if case .array = inner { true } else { false }
            return object.members.filter { !isOfLists || $0.value != .null }
                .flatMap { mistakes($0.value, inner, at: "\(place).\($0.key)", known) }
        case (.named(let name), .object(let object)): return mistakes(object, name, at: place, known)
        default: return ["\(place) should be \(kind), and is \(value)"]
        }
    }

    private func mistakes(_ object: JSONObject, _ name: String, at place: String, _ known: Set<String>) -> [String] {
        guard let members = types[name] else { return ["\(place): the description has no type \(name)"] }
        var result = members.keys.sorted().filter { members[$0]?.isRequired == true && object[$0] == nil }.map { "\(place) lacks \($0)" }
        for member in object.members {
            guard let expected = members[member.key] else {
                if !known.contains("\(name).\(member.key)") { result.append("\(place) has \(member.key), which \(name) does not") }
                continue
            }
            if member.value == .null {
                if !expected.isNullable { result.append("\(place).\(member.key) is null") }
            } else {
                result += mistakes(member.value, expected.kind, at: "\(place).\(member.key)", known)
            }
        }
        return result
    }
}
