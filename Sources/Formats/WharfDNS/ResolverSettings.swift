// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// resolv.conf(5), read from the host and written for containers. The host's file is trusted to be text, not to be right.

/// What a resolver is told.
public struct ResolverSettings: Sendable, Equatable {
    /// Addresses as they are written, with a zone where there is one: `fe80::1%eth0`.
    public var servers: [String]
    public var search: [String]
    /// `ndots:0`, `edns0`…
    public var options: [String]

    public init(servers: [String] = [], search: [String] = [], options: [String] = []) {
        self.servers = servers
        self.search = search
        self.options = options
    }

    /// Reads a file. Of several `search` and `domain` lines the last one counts; lines of other kinds are passed over.
    public init(reading text: [UInt8]) {
        self.init()
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let words = line.prefix { $0 != UInt8(ascii: "#") && $0 != UInt8(ascii: ";") }
                .split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
                .map { String(decoding: $0, as: UTF8.self) }
            guard let keyword = words.first else { continue }
            switch keyword {
            case "nameserver": if words.count > 1 { servers.append(words[1]) }
            case "search": search = Array(words.dropFirst())
            case "domain": search = Array(words.dropFirst().prefix(1))
            case "options": options += words.dropFirst()
            default: continue
            }
        }
    }

    /// The number of dots that a name must have to be asked for as it is; nil where the file does not say.
    public var dots: Int? { options.last { $0.hasPrefix("ndots:") }.flatMap { Int($0.dropFirst("ndots:".utf8.count)) } }

    /// The text of a file.
    public var text: String {
        var lines = servers.map { "nameserver \($0)" }
        if !search.isEmpty { lines.append("search " + search.joined(separator: " ")) }
        if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
        return lines.map { $0 + "\n" }.joined()
    }
}
