// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which proxy stands before an address. The grammar is that of Go's `httpproxy`, because everybody's HTTP_PROXY, HTTPS_PROXY
// and NO_PROXY were written for programs that read them so.

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
}
