// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `printf` of templates: the verbs and flags of Go's fmt that people use in formats.

import Glibc
import WharfJSON

/// Formats by a pattern.
enum TemplateFormat {
    /// `%-10s|%5d|%v|%q|%t|%.2f|%x|%%`
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
            let spec = takeSpecification(&characters)
            guard let verb = characters.popFirst() else {
                text += "%!(NOVERB)"
                break
            }
            if verb == "%" {
                text += "%"
            } else if let value = rest.popFirst() {
                text += pad(one(verb, value, spec), spec)
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
        var width = 0
        var precision: Int?
    }

    private static func takeSpecification(_ characters: inout ArraySlice<Character>) -> Specification {
        var result = Specification()
        while let flag = characters.first, "-0+# ".contains(flag) {
            if flag == "-" { result.isLeft = true }
            if flag == "0" { result.isZero = true }
            characters.removeFirst()
        }
        result.width = takeNumber(&characters) ?? 0
        if characters.first == "." {
            characters.removeFirst()
            result.precision = takeNumber(&characters) ?? 0
        }
        return result
    }

    private static func takeNumber(_ characters: inout ArraySlice<Character>) -> Int? {
        let digits = characters.prefix { $0.isASCII && $0.isWholeNumber }
        characters.removeFirst(digits.count)
        return Int(String(digits)).map { min($0, 4096) }
    }

    private static func one(_ verb: Character, _ value: JSONValue, _ spec: Specification) -> String {
        let text = TemplateFunctions.show(value)
        switch verb {
        case "s", "v": return spec.precision.map { String(text.prefix($0)) } ?? text
        case "q": return quoted(text)
        case "d" where value.int != nil, "t" where value.bool != nil: return text
        case "x" where value.int != nil: return String(value.int ?? 0, radix: 16)
        case "x": return text.utf8.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        case "f" where value.double != nil: return fixed(value.double ?? 0, spec.precision ?? 6)
        default: return "%!\(verb)(\(TemplateFunctions.typeName(value))=\(text))"
        }
    }

    private static func fixed(_ value: Double, _ precision: Int) -> String {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = withVaList([Int32(min(precision, 100)), value]) { vsnprintf(&buffer, 512, "%.*f", $0) }
        return String(decoding: buffer.prefix(Int(min(max(count, 0), 511))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func pad(_ text: String, _ spec: Specification) -> String {
        let missing = max(0, spec.width - text.count)
        if missing == 0 { return text }
        if spec.isLeft { return text + String(repeating: " ", count: missing) }
        return String(repeating: spec.isZero ? "0" : " ", count: missing) + text
    }
}
