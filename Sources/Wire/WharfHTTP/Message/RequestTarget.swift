// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The target of a request line, taken apart once: everything behind (authorisation, log, routes) sees the same
// segments and the same query, so that no two of them can be made to disagree by `//`, `%2e` or an absolute form.

/// A parsed request target.
package struct RequestTarget: Sendable, Equatable {
    /// The path's segments, percent-decoded; `/` alone has none. Never empty, `.` or `..`.
    let path: [String]
    let query: HTTPQuery

    /// nil when it is no path, when an escape is wrong, when a segment is empty, `.` or `..` (as given or behind an
    /// escape), or when decoded bytes are no UTF-8 or hold a NUL. One trailing slash is allowed.
    init?(_ target: String) {
        var rest = target.utf8[...]
        // The absolute form (RFC 9112, 3.2.2), which proxies and some clients send: the authority is not ours to judge.
        if let scheme = ["http://", "https://"].first(where: { rest.starts(with: $0.utf8) }) {
            rest = rest.dropFirst(scheme.utf8.count)
            rest = rest.firstIndex { $0 == UInt8(ascii: "/") }.map { rest[$0...] } ?? "/".utf8[...]
        }
        guard rest.first == UInt8(ascii: "/") else { return nil }
        let mark = rest.firstIndex { $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let query = HTTPQuery(mark == rest.endIndex ? "".utf8[...] : rest[rest.index(after: mark)...]) else { return nil }
        var parts = rest[..<mark].dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        var path: [String] = []
        for part in parts {
            guard let text = percentDecoded(part, plusIsSpace: false), !text.isEmpty, text != ".", text != ".." else { return nil }
            path.append(text)
        }
        self.path = path
        self.query = query
    }
}

/// The query of a request: names and values in order, decoded.
public struct HTTPQuery: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// The pairs in order. A name without `=` has an empty value.
    public let pairs: [Pair]

    /// One name and its value.
    public struct Pair: Sendable, Equatable {
        public let name: String
        public let value: String
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { Pair(name: $0.0, value: $0.1) }
    }

    /// Parses `a=1&b=x+y`; nil for a wrong escape, text that is no UTF-8, or more than 1000 pairs.
    init?(_ text: Substring.UTF8View) {
        let parts = text.split(separator: UInt8(ascii: "&"), maxSplits: 1000)
        guard parts.count <= 1000 else { return nil }
        var pairs: [Pair] = []
        for part in parts {
            let cut = part.firstIndex { $0 == UInt8(ascii: "=") } ?? part.endIndex
            let value = cut == part.endIndex ? part[cut...] : part[part.index(after: cut)...]
            guard let name = percentDecoded(part[..<cut], plusIsSpace: true), let value = percentDecoded(value, plusIsSpace: true) else {
                return nil
            }
            pairs.append(Pair(name: name, value: value))
        }
        self.pairs = pairs
    }

    /// The first value of that name, nil when it does not occur.
    public subscript(name: String) -> String? {
        pairs.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// Every value of that name, in order.
    public func all(_ name: String) -> [String] {
        pairs.filter { $0.name.utf8.elementsEqual(name.utf8) }.map(\.value)
    }
}

/// Undoes percent-encoding; nil for a bad escape, invalid UTF-8 or a NUL.
private func percentDecoded(_ text: Substring.UTF8View, plusIsSpace: Bool) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var iterator = text.makeIterator()
    while let byte = iterator.next() {
        switch byte {
        case UInt8(ascii: "%"):
            guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else { return nil }
            bytes.append(high << 4 | low)
        case UInt8(ascii: "+") where plusIsSpace: bytes.append(0x20)
        default: bytes.append(byte)
        }
    }
    guard !bytes.contains(0) else { return nil }
    return String(validating: bytes, as: UTF8.self)
}

private func hexValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}

extension RequestTarget {
    /// A percent-encoded text, decoded; nil for a bad escape, invalid UTF-8 or a NUL.
    package static func decoded(_ text: String) -> String? { percentDecoded(text.utf8[...], plusIsSpace: false) }
}
