// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Small text forms that messages and tables share.

/// In double quotes with Go's escapes (`%q`).
func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\n": result += "\\n"
        case "\t": result += "\\t"
        case "\r": result += "\\r"
        case "\u{07}": result += "\\a"
        case "\u{08}": result += "\\b"
        case "\u{0C}": result += "\\f"
        case "\u{0B}": result += "\\v"
        case "\0"..<" ", "\u{7F}":
            let digits = String(scalar.value, radix: 16)
            result += "\\x" + (digits.utf8.count == 1 ? "0" : "") + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}

/// At most `width` characters, the last of which is `…` when something was cut.
func ellipsis(_ text: String, _ width: Int) -> String {
    guard text.count > width else { return text }
    return width <= 1 ? String(text.prefix(max(width, 0))) : text.prefix(width - 1) + "…"
}

/// The short form of an id: 12 digits, without the algorithm in front.
func shortID(_ id: String) -> String {
    let digits = id.split(separator: ":", maxSplits: 1).last ?? Substring(id)
    return String(digits.prefix(12))
}

/// Without white space around.
func trimmed(_ text: Substring) -> String {
    let start = text.drop(while: \.isWhitespace)
    let end = start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex
    return String(start[..<end])
}
