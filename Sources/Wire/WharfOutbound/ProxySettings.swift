// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which proxy stands before an address. The grammar is that of Go's `httpproxy`, because everybody's HTTP_PROXY, HTTPS_PROXY
// and NO_PROXY were written for programs that read them so.

internal import WharfError
internal import WharfHTTP

/// Proxies as the environment or daemon.json name them; empty strings for none.
public struct ProxySettings: Sendable, Equatable {
    /// For `http://` addresses: `http://[user:password@]host:port`, `host:port` or `socks5://host:port`.
    public var http: String
    /// For `https://` addresses.
    public var https: String
    /// Where no proxy is used: a comma-separated list of `*`, domains (with their subdomains; only those where it begins
    /// with a dot), addresses and networks, each with an optional port.
    public var no: String

    public init(http: String = "", https: String = "", no: String = "") {
        self.http = http
        self.https = https
        self.no = no
    }

    /// As in a process's environment; the upper-case name wins.
    public init(environment: [String: String]) {
        func value(_ name: String) -> String {
            [name, name.lowercased()].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        }
        self.init(http: value("HTTP_PROXY"), https: value("HTTPS_PROXY"), no: value("NO_PROXY"))
    }

    /// The proxy for an address, nil for none. This machine is never behind one.
    ///
    /// Throws `invalidArgument` when the setting is no address of a proxy that can be used.
    func proxy(for url: WebURL) throws(WharfError) -> OutboundProxy? {
        let setting = url.scheme == .https ? https : http
        guard !setting.utf8.isEmpty, !isExcluded(host: url.host, port: url.port) else { return nil }
        guard let proxy = OutboundProxy(setting) else {
            throw WharfError(.invalidArgument, "the proxy for \(url.scheme.rawValue) is not an http:// or socks5:// address")
        }
        return proxy
    }

    /// Whether `no` names the host, or it is this machine.
    func isExcluded(host: String, port: Int) -> Bool {
        let address = IPAddress(host)
        if host.utf8.elementsEqual("localhost".utf8) || address?.isLoopback == true { return true }
        return no.utf8.split(separator: UInt8(ascii: ",")).contains { entry in
            let text = String(Substring(entry)).lowercased()
            return Self.matches(trimmed(text), host: host, address: address, port: port)
        }
    }

    private static func matches(_ entry: String, host: String, address: IPAddress?, port: Int) -> Bool {
        if entry.utf8.elementsEqual("*".utf8) { return true }
        if let network = IPNetwork(entry) { return address.map(network.contains) ?? false }
        var name = entry
        if IPAddress(entry) == nil, let colon = entry.utf8.lastIndex(of: UInt8(ascii: ":")) {
            guard let number = Int(entry[entry.utf8.index(after: colon)...]), number == port else { return false }
            name = String(entry[..<colon])
        }
        if name.utf8.first == UInt8(ascii: "["), name.utf8.last == UInt8(ascii: "]") { name = String(name.dropFirst().dropLast()) }
        if let wanted = IPAddress(name) { return wanted == address }
        if name.utf8.starts(with: "*.".utf8) { name = String(name.dropFirst()) }
        guard let first = name.utf8.first else { return false }
        let suffix = first == UInt8(ascii: ".") ? name : "." + name
        if first != UInt8(ascii: "."), host.utf8.elementsEqual(name.utf8) { return true }
        return host.utf8.count > suffix.utf8.count && host.utf8.suffix(suffix.utf8.count).elementsEqual(suffix.utf8)
    }
}

/// A proxy.
struct OutboundProxy: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case http
        case socks5
    }

    let kind: Kind
    let host: String
    let port: Int
    /// `user:password` in base 64, nil without a user.
    let credentials: String?

    /// Reads `http://[user:password@]host:port`, `socks5://host:port` or `host:port`.
    init?(_ text: String) {
        var rest = trimmed(text)
        var kind = Kind.http
        for (prefix, meaning) in [("http://", Kind.http), ("socks5://", .socks5), ("socks5h://", .socks5)]
        where rest.lowercased().utf8.starts(with: prefix.utf8) {
            rest = String(rest.dropFirst(prefix.utf8.count))
            kind = meaning
        }
        var credentials: String?
        if let at = rest.utf8.lastIndex(of: UInt8(ascii: "@")) {
            guard !rest[..<at].utf8.contains(UInt8(ascii: "@")), let user = RequestTarget.decoded(String(rest[..<at])) else { return nil }
            credentials = base64(Array(user.utf8))
            rest = String(rest[rest.utf8.index(after: at)...])
        }
        // What is left of another scheme, `https:`, would read as a host with an empty port.
        guard !rest.contains("://"), let url = WebURL("http://" + rest) else { return nil }
        guard kind == .http || credentials == nil else { return nil }
        let hasPort = !rest.utf8.elementsEqual(url.host.utf8)
        self.kind = kind
        host = url.host
        port = kind == .socks5 && !hasPort ? 1080 : url.port
        self.credentials = credentials
    }
}

/// Without white space at both ends.
private func trimmed(_ text: String) -> String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let start = text.utf8.drop(while: isSpace)
    let end = start.lastIndex { !isSpace($0) }.map { start.index(after: $0) } ?? start.startIndex
    return String(Substring(start[..<end]))
}
