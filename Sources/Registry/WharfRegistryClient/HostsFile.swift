// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// containerd's hosts.toml: the mirrors of one registry, in order, and how each is spoken to.
//
//   server = "https://registry-1.docker.io"
//   [host."https://mirror.example/prefix"]
//     capabilities = ["pull", "resolve"]
//     ca = "mirror.pem"                    or a list
//     client = [["cert.pem", "key.pem"]]   or one file with both
//     skip_verify = false
//     override_path = false                true: the address is the whole path, no /v2 is put behind it
//     dial_timeout = "5s"
//     [host."https://mirror.example/prefix".header]
//       x-team = "a"                       or a list

internal import WharfError
internal import WharfHTTP
internal import WharfOutbound

/// A parsed hosts.toml. Paths of files are as they stand there.
struct HostsFile {
    /// One server.
    struct Entry {
        let url: WebURL
        var abilities: Set<RegistryHost.Ability> = [.resolve, .pull, .push]
        var authorities: [String] = []
        /// A certificate chain, and its key unless both are in one file.
        var client: (chain: String, key: String)?
        var skipsVerification = false
        var headers: [(name: String, value: String)] = []
        var connectTime: Duration?
    }

    /// The servers to try, in order; the registry itself is the last.
    let entries: [Entry]
    /// The registry itself.
    let server: Entry

    /// `host` is the registry's own server, for a file without `server`.
    static func parse(_ bytes: [UInt8], host: String) throws(WharfError) -> HostsFile {
        let root = try TOMLReader.parse(bytes)
        let server = try entry(root["server"]?.string ?? "https://\(host)", root)
        var entries: [Entry] = []
        if let hosts = root["host"]?.table {
            for key in hosts.keys {
                guard let table = hosts[key]?.table else { throw WharfError(.invalidArgument, "host.\"\(key)\" is not a table") }
                entries.append(try entry(key, table))
            }
        }
        return HostsFile(entries: entries, server: server)
    }

    private static func entry(_ address: String, _ table: TOMLTable) throws(WharfError) -> Entry {
        let text = address.utf8.starts(with: "http://".utf8) || address.utf8.starts(with: "https://".utf8) ? address : "https://" + address
        guard let url = WebURL(text) else { throw WharfError(.invalidArgument, "\"\(address)\" is not the address of a registry") }
        var path = url.path
        while path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        let overrides = table["override_path"]?.bool ?? false
        if !overrides, !path.utf8.elementsEqual("/v2".utf8) { path += "/v2" }
        var entry = Entry(url: url.with(target: path))
        if let names = table["capabilities"]?.strings {
            entry.abilities = []
            for name in names {
                switch name {
                case "pull": entry.abilities.insert(.pull)
                case "resolve": entry.abilities.insert(.resolve)
                case "push": entry.abilities.insert(.push)
                default: throw WharfError(.invalidArgument, "unknown capability \"\(name)\" of \(address)")
                }
            }
        }
        entry.authorities = table["ca"]?.strings ?? []
        entry.client = try client(table["client"], address)
        entry.skipsVerification = table["skip_verify"]?.bool ?? false
        if let headers = table["header"]?.table {
            for name in headers.keys {
                for value in headers[name]?.strings ?? [] { entry.headers.append((name, value)) }
            }
        }
        if let text = table["dial_timeout"]?.string { entry.connectTime = try duration(text) }
        return entry
    }

    private static func client(_ value: TOMLValue?, _ address: String) throws(WharfError) -> (chain: String, key: String)? {
        guard let value else { return nil }
        if let both = value.string { return (both, both) }
        // One pair is used: a connection shows one certificate.
        guard let first = value.array?.first else { return nil }
        if let both = first.string { return (both, both) }
        guard let pair = first.strings, pair.count == 2 else {
            throw WharfError(.invalidArgument, "the client certificate of \(address) is neither a file nor a pair of files")
        }
        return (pair[0], pair[1])
    }

    /// `5s`, `500ms`, `1m`.
    private static func duration(_ text: String) throws(WharfError) -> Duration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int64(digits), number > 0, number < 1_000_000 else {
            throw WharfError(.invalidArgument, "\"\(text)\" is not a duration")
        }
        switch text.dropFirst(digits.count) {
        case "ms": return .milliseconds(number)
        case "s", "": return .seconds(number)
        case "m": return .seconds(number * 60)
        default: throw WharfError(.invalidArgument, "\"\(text)\" is not a duration")
        }
    }
}
