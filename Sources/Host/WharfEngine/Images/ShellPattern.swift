// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The patterns of the filter `reference`. Anybody who may list images sends them, so matching never backtracks further than
// to the last star.

/// Go's path.Match: `*` and `?` stop at a slash, `[a-z]` is a class, a backslash quotes.
enum ShellPattern {
    static func matches(_ pattern: String, _ text: String) -> Bool {
        matches(Array(pattern.utf8)[...], Array(text.utf8)[...])
    }

    /// Goes back to the last star only, so a pattern of many stars costs no more than the product of the two lengths.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        var (rest, left) = (pattern, text)
        var star: (pattern: ArraySlice<UInt8>, text: ArraySlice<UInt8>)?
        while true {
            if rest.first == UInt8(ascii: "*") {
                rest = rest.dropFirst()
                star = (rest, left)
                continue
            }
            if let byte = left.first, let after = step(rest, byte) {
                rest = after
                left = left.dropFirst()
                continue
            }
            if rest.isEmpty, left.isEmpty { return true }
            guard let last = star, let eaten = last.text.first, eaten != UInt8(ascii: "/") else { return false }
            star = (last.pattern, last.text.dropFirst())
            (rest, left) = (last.pattern, last.text.dropFirst())
        }
    }

    /// Matches one byte; the pattern behind it, or nil.
    private static func step(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
        switch pattern.first {
        case nil: return nil
        case UInt8(ascii: "?"): return byte == UInt8(ascii: "/") ? nil : pattern.dropFirst()
        case UInt8(ascii: "["): return stepClass(pattern.dropFirst(), byte)
        case UInt8(ascii: "\\") where pattern.count > 1:
            let quoted = pattern.dropFirst()
            return quoted.first == byte ? quoted.dropFirst() : nil
        case let literal: return literal == byte ? pattern.dropFirst() : nil
        }
    }

    private static func stepClass(_ pattern: ArraySlice<UInt8>, _ byte: UInt8) -> ArraySlice<UInt8>? {
        var rest = pattern
        let negated = rest.first == UInt8(ascii: "^")
        if negated { rest = rest.dropFirst() }
        guard let end = rest.dropFirst().firstIndex(of: UInt8(ascii: "]")) else { return nil }
        var members = rest[..<end]
        var found = false
        while let low = members.popFirst() {
            if members.first == UInt8(ascii: "-"), let high = members.dropFirst().first {
                found = found || low <= byte && byte <= high
                members = members.dropFirst(2)
            } else {
                found = found || low == byte
            }
        }
        return found != negated ? rest[(end + 1)...] : nil
    }
}
