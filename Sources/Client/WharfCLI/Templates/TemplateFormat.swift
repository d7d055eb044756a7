// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `printf` of templates: the verbs and flags of Go's fmt.

import Glibc
import WharfJSON

/// Formats by a pattern.
enum TemplateFormat {
    /// `%-10s|%5d|%v|%q|%t|%.2f|%x|%*d|%%`
    static func format(_ arguments: [JSONValue]) -> String {
        guard let pattern = arguments.first.map(TemplateFunctions.show) else { return "" }
        var rest = arguments.dropFirst()
        var text = ""
        var characters = Array(pattern)[...]
        while let character = characters.popFirst() {
            guard character == "%" else {
                text.append(character)
                continue
            }
            let spec = takeSpecification(&characters, &rest)
            guard let verb = characters.popFirst() else {
                text += "%!(NOVERB)"
                break
            }
            if verb == "%" {
                text += "%"
            } else if let value = rest.popFirst() {
                text += one(verb, value, spec)
            } else {
                text += "%!\(verb)(MISSING)"
            }
        }
        if !rest.isEmpty {
            text +=
                "%!(EXTRA " + rest.map { "\(TemplateFunctions.typeName($0))=\(TemplateFunctions.show($0))" }.joined(separator: ", ") + ")"
        }
        return text
    }

    private struct Specification {
        var isLeft = false
        var isZero = false
        var showsSign = false
        var isSharp = false
        var width = 0
        var precision: Int?
    }

    private static func takeSpecification(
        _ characters: inout ArraySlice<Character>, _ arguments: inout ArraySlice<JSONValue>
    ) -> Specification {
        var result = Specification()
        while let flag = characters.first, "-0+# ".contains(flag) {
            switch flag {
            case "-": result.isLeft = true
            case "0": result.isZero = true
            case "+": result.showsSign = true
            case "#": result.isSharp = true
            default: break
            }
            characters.removeFirst()
        }
        result.width = takeNumber(&characters, &arguments) ?? 0
        if result.width < 0 { (result.isLeft, result.width) = (true, -result.width) }
        if characters.first == "." {
            characters.removeFirst()
            result.precision = takeNumber(&characters, &arguments) ?? 0
        }
        return result
    }

    private static func takeNumber(_ characters: inout ArraySlice<Character>, _ arguments: inout ArraySlice<JSONValue>) -> Int? {
        if characters.first == "*" {
            characters.removeFirst()
            return arguments.popFirst()?.int.map { max(-4096, min($0, 4096)) }
        }
        let digits = characters.prefix { $0.isASCII && $0.isWholeNumber }
        characters.removeFirst(digits.count)
        return Int(String(digits)).map { min($0, 4096) }
    }

    private static func one(_ verb: Character, _ value: JSONValue, _ spec: Specification) -> String {
        if verb == "T" { return pad(TemplateFunctions.typeName(value), spec) }
        if case .array(let list) = value, verb != "v" || spec.isSharp == false {
            return "[" + list.map { one(verb, $0, spec) }.joined(separator: " ") + "]"
        }
        return formatted(verb, value, spec) ?? wrongVerb(verb, value)
    }

    private static func wrongVerb(_ verb: Character, _ value: JSONValue) -> String {
        if value == .null { return "%!\(verb)(<nil>)" }
        return "%!\(verb)(\(TemplateFunctions.typeName(value))=\(TemplateFunctions.show(value)))"
    }

    /// nil: the verb is not for values of this type.
    private static func formatted(_ verb: Character, _ value: JSONValue, _ spec: Specification) -> String? {
        switch value {
        case .null: return verb == "v" ? pad("<nil>", spec) : nil
        case .bool(let isTrue): return verb == "t" || verb == "v" ? pad(isTrue ? "true" : "false", spec) : nil
        case .string(let text): return string(verb, text, spec)
        case .number:
            if let whole = value.int { return integer(verb, whole, spec) }
            return value.double.flatMap { float(verb, $0, spec) }
        case .array, .object: return verb == "v" || verb == "s" ? pad(TemplateFunctions.show(value), spec) : nil
        }
    }

    private static func string(_ verb: Character, _ text: String, _ spec: Specification) -> String? {
        let cut = spec.precision.map { String(text.prefix($0)) } ?? text
        switch verb {
        case "s": return pad(cut, spec)
        case "v": return pad(spec.isSharp ? quoted(cut) : cut, spec)
        case "q": return pad(quoted(cut), spec)
        case "x", "X":
            return pad(cut.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: verb == "X") }.joined(), spec)
        default: return nil
        }
    }

    private static func integer(_ verb: Character, _ number: Int, _ spec: Specification) -> String? {
        switch verb {
        case "d", "v": return padNumber(String(number), spec)
        case "x", "X": return padNumber((spec.isSharp ? "0\(verb)" : "") + String(number, radix: 16, uppercase: verb == "X"), spec)
        case "o": return padNumber((spec.isSharp ? "0" : "") + String(number, radix: 8), spec)
        case "b": return padNumber(String(number, radix: 2), spec)
        case "c", "q":
            let scalar = UInt32(exactly: number).flatMap { Unicode.Scalar($0) } ?? "\u{FFFD}"
            return pad(verb == "c" ? String(scalar) : "'\(scalar)'", spec)
        case "U":
            let digits = String(number, radix: 16, uppercase: true)
            return pad("U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits, spec)
        default: return nil
        }
    }

    private static func float(_ verb: Character, _ number: Double, _ spec: Specification) -> String? {
        switch verb {
        case "f", "F": return padNumber(printed("%.*f", number, spec.precision ?? 6), spec)
        case "e", "E": return padNumber(printed(verb == "e" ? "%.*e" : "%.*E", number, spec.precision ?? 6), spec)
        case "g", "G", "v":
            return padNumber(spec.precision.map { printed(verb == "G" ? "%.*G" : "%.*g", number, $0) } ?? "\(number)", spec)
        default: return nil
        }
    }

    private static func printed(_ format: String, _ value: Double, _ precision: Int) -> String {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = withVaList([Int32(min(precision, 100)), value]) { vsnprintf(&buffer, 512, format, $0) }
        return String(decoding: buffer.prefix(Int(min(max(count, 0), 511))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func padNumber(_ text: String, _ spec: Specification) -> String {
        let isNegative = text.hasPrefix("-")
        let signed = spec.showsSign && !isNegative ? "+" + text : text
        guard spec.isZero, !spec.isLeft else { return pad(signed, spec) }
        // Zeros stand between the sign and the digits.
        let sign = isNegative || spec.showsSign ? String(signed.prefix(1)) : ""
        return sign + String(repeating: "0", count: max(0, spec.width - signed.count)) + signed.dropFirst(sign.count)
    }

    private static func pad(_ text: String, _ spec: Specification) -> String {
        let space = String(repeating: " ", count: max(0, spec.width - text.count))
        return spec.isLeft ? text + space : space + text
    }
}
