// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// JSON for people: indented by four spaces, as inspect prints it.

import WharfJSON

/// Indented JSON.
enum JSONText {
    /// The value over several lines; empty arrays and objects stay on one.
    static func indented(_ value: JSONValue, step: String = "    ") -> String {
        var text = ""
        write(value, indent: "", step: step, to: &text)
        return text
    }

    private static func write(_ value: JSONValue, indent: String, step: String, to text: inout String) {
        let inner = indent + step
        switch value {
        case .array(let elements) where !elements.isEmpty:
            text += "[\n"
            for (index, element) in elements.enumerated() {
                text += inner
                write(element, indent: inner, step: step, to: &text)
                text += index == elements.count - 1 ? "\n" : ",\n"
            }
            text += indent + "]"
        case .object(let object) where object.count > 0:
            text += "{\n"
            for (index, member) in object.members.enumerated() {
                text += inner + compact(member.key) + ": "
                write(member.value, indent: inner, step: step, to: &text)
                text += index == object.count - 1 ? "\n" : ",\n"
            }
            text += indent + "}"
        default: text += compact(value)
        }
    }

    /// On one line with `<`, `>` and `&` as escapes, as docker prints whole rows of lists.
    static func compactForHTML(_ value: some JSONWritable) -> String {
        var writer = JSONWriter(escapingHTML: true)
        writer.value(value)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// On one line.
    static func compact(_ value: some JSONWritable) -> String { String(decoding: JSON.encode(value), as: UTF8.self) }
}
