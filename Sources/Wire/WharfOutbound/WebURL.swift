// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// An absolute http or https address, taken apart once. What registries name in `Location`, `Link` and `realm` becomes an
// address only here, so that nobody behind can be sent to another scheme, and two readers can't see two hosts in one text.

/// An address: scheme, host, port, and the target of the request line.
public struct WebURL: Sendable, Hashable, CustomStringConvertible {
    public enum Scheme: String, Sendable, Hashable {
        case http
        case https

        var defaultPort: Int { self == .https ? 443 : 80 }
    }

    public let scheme: Scheme
    /// A name in lower case, or a numeric address without brackets.
    public let host: String
    public let port: Int
    /// Path and query, escaped, beginning with a slash.
    public let target: String

    init(scheme: Scheme, host: String, port: Int, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    /// Reads `https://host[:port][/path][?query]`. nil for other schemes, user names, control bytes and hosts that are neither a
    /// name nor a numeric address; a fragment is dropped, what may not stand in a request line is escaped.
    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let (scheme, rest) = Self.scheme(bytes[...]) else { return nil }
        let end = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") } ?? rest.endIndex
        guard let (host, port) = Self.authority(rest[..<end]), let target = Self.target(rest[end...]) else { return nil }
        self.init(scheme: scheme, host: host, port: port ?? scheme.defaultPort, target: target)
    }

    /// From `host`, `host:port` or `[address]:port`; nil when it is none of them.
    public init?(_ scheme: Scheme, authority: String, target: String = "/") {
        guard let (host, port) = Self.authority(Array(authority.utf8)[...]) else { return nil }
        self.init(scheme: scheme, host: host, port: port ?? scheme.defaultPort, target: target)
    }

    /// `host`, with the port where it is not the scheme's own; brackets around IPv6.
    public var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == scheme.defaultPort ? name : "\(name):\(port)"
    }

    /// `https://host/path?query`.
    public var description: String { "\(scheme.rawValue)://\(authority)\(target)" }

    /// The same place with another path and query, which must be escaped and begin with a slash.
    public func with(target: String) -> WebURL { WebURL(scheme: scheme, host: host, port: port, target: target) }

    /// Whether scheme, host and port are the same: who may see what the other sees.
    public func isSameOrigin(as other: WebURL) -> Bool {
        scheme == other.scheme && port == other.port && host.utf8.elementsEqual(other.host.utf8)
    }

    /// The path without the query.
    public var path: String {
        String(decoding: target.utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
    }

    /// Adds a parameter to the query; the value is escaped.
    public func adding(_ name: String, _ value: String) -> WebURL {
        let mark = target.utf8.contains(UInt8(ascii: "?")) ? "&" : "?"
        return with(target: target + mark + name + "=" + Self.escape(value))
    }

    /// What a `Location` of an answer from this address means: an absolute address, or one relative to this.
    public func resolving(_ location: String) -> WebURL? {
        let bytes = Array(location.utf8)
        let colon = bytes.firstIndex { $0 == UInt8(ascii: ":") }
        let stop = bytes.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
        if let colon, stop.map({ colon < $0 }) ?? true { return WebURL(location) }
        if bytes.starts(with: "//".utf8) { return WebURL("\(scheme.rawValue):\(location)") }
        let path: [UInt8]
        if bytes.first == UInt8(ascii: "/") {
            path = bytes
        } else if bytes.isEmpty || bytes.first == UInt8(ascii: "?") || bytes.first == UInt8(ascii: "#") {
            path = Array(self.path.utf8) + bytes
        } else {
            let folder = Array(self.path.utf8)
            path = Array(folder[...(folder.lastIndex(of: UInt8(ascii: "/")) ?? 0)]) + bytes
        }
        // Dot segments have no place in what registries name, and a server may read them otherwise than we do.
        let segments = path.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }.split(separator: UInt8(ascii: "/"))
        guard !segments.contains(where: { $0.elementsEqual("..".utf8) || $0.elementsEqual(".".utf8) }),
            let target = Self.target(path[...])
        else { return nil }
        return with(target: target)
    }

    /// Percent-encodes everything but unreserved bytes.
    public static func escape(_ text: String) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) { result.append(byte) } else { appendEscaped(byte, &result) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    // MARK: Parts

    private static func scheme(_ text: ArraySlice<UInt8>) -> (Scheme, ArraySlice<UInt8>)? {
        for scheme in [Scheme.https, .http] {
            let prefix = scheme.rawValue + "://"
            let count = prefix.utf8.count
            if text.count > count, zip(text, prefix.utf8).allSatisfy({ lowered($0) == $1 }) { return (scheme, text.dropFirst(count)) }
        }
        return nil
    }

    private static func authority(_ text: ArraySlice<UInt8>) -> (host: String, port: Int?)? {
        var host = text
        var port = text[text.endIndex...]
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            host = text[(text.startIndex + 1)..<close]
            guard IPAddress(String(decoding: host, as: UTF8.self))?.bytes.count == 16 || host.contains(UInt8(ascii: ":")),
                host.allSatisfy({ isHex($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") })
            else { return nil }
            port = text[(close + 1)...]
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            host = text[..<colon]
            port = text[colon...]
        }
        guard !host.isEmpty, host.count <= 255 else { return nil }
        let isName = host.allSatisfy { isUnreserved($0) && $0 != UInt8(ascii: "~") }
        guard isName || text.first == UInt8(ascii: "[") else { return nil }
        let name = String(decoding: host.map(lowered), as: UTF8.self)
        if port.isEmpty { return (name, nil) }
        let digits = port.dropFirst()
        guard port.first == UInt8(ascii: ":"), digits.count <= 5, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        guard !digits.isEmpty else { return (name, nil) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)), (1...65_535).contains(number) else { return nil }
        return (name, number)
    }

    private static func target(_ text: ArraySlice<UInt8>) -> String? {
        var result: [UInt8] = text.first == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]
        var index = text.startIndex
        while index < text.endIndex, text[index] != UInt8(ascii: "#") {
            let byte = text[index]
            guard byte >= 0x20, byte != 0x7F else { return nil }
            if byte == UInt8(ascii: "%") {
                let isEscape = index + 2 < text.endIndex && isHex(text[index + 1]) && isHex(text[index + 2])
                if isEscape { result.append(byte) } else { appendEscaped(byte, &result) }
            } else if isUnreserved(byte) || "/?:@!$&'()*+,;=".utf8.contains(byte) {
                result.append(byte)
            } else {
                appendEscaped(byte, &result)
            }
            index += 1
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func appendEscaped(_ byte: UInt8, _ result: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        (lowered(byte) >= 0x61 && lowered(byte) <= 0x7A) || (byte >= 0x30 && byte <= 0x39) || "-._~".utf8.contains(byte)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (lowered(byte) >= 0x61 && lowered(byte) <= 0x66)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
