// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The target of a request: a path and a query, escaped for the wire.

/// Builds `/containers/NAME/json?size=1`.
struct Query {
    private var path: String
    private var items: [(name: String, value: String)] = []

    /// A path whose parts are given one by one; a slash inside a part is kept (image names have them).
    init(_ parts: String...) {
        path = parts.map { "/" + Self.escape($0, allowing: "/:@") }.joined()
    }

    /// Adds a parameter.
    mutating func add(_ name: String, _ value: String) { items.append((name, value)) }

    /// Adds a parameter when the value says something.
    mutating func addNonEmpty(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { add(name, value) }
    }

    /// Adds `name=1` when it holds.
    mutating func addFlag(_ name: String, _ value: Bool) {
        if value { add(name, "1") }
    }

    /// Path and query.
    var target: String {
        let query = items.map { "\(Self.escape($0.name))=\(Self.escape($0.value))" }.joined(separator: "&")
        return query.isEmpty ? path : "\(path)?\(query)"
    }

    /// Everything but unreserved characters (RFC 3986, 2.3) and `allowing` becomes %XX.
    private static func escape(_ text: String, allowing extra: String = "") -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(scalar)
            default:
                if extra.utf8.contains(byte) {
                    result.unicodeScalars.append(scalar)
                } else {
                    let digits = String(byte, radix: 16, uppercase: true)
                    result += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
                }
            }
        }
        return result
    }
}
