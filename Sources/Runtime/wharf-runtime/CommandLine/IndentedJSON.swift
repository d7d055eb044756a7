// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// JSON for people: the writer's bytes with line breaks.

/// A written document, indented.
func indented(_ json: [UInt8], by unit: String) -> String {
    var text: [UInt8] = []
    var depth = 0
    var isInString = false
    var isEscaped = false
    func newline() {
        text.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { text += Array(unit.utf8) }
    }
    for (index, byte) in json.enumerated() {
        if isInString {
            text.append(byte)
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isInString = false
            }
            continue
        }
        switch byte {
        case UInt8(ascii: "\""):
            isInString = true
            text.append(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            text.append(byte)
            depth += 1
            // An empty one stays on its line.
            let closes = index + 1 < json.count && (json[index + 1] == UInt8(ascii: "}") || json[index + 1] == UInt8(ascii: "]"))
            if !closes { newline() }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            let opened = index > 0 && (json[index - 1] == UInt8(ascii: "{") || json[index - 1] == UInt8(ascii: "["))
            if !opened { newline() }
            text.append(byte)
        case UInt8(ascii: ","):
            text.append(byte)
            newline()
        case UInt8(ascii: ":"): text += [byte, UInt8(ascii: " ")]
        default: text.append(byte)
        }
    }
    return String(decoding: text, as: UTF8.self)
}
