// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// /etc/hosts, /etc/hostname and /etc/resolv.conf of a container: written at each start, mounted over the image's. With
// the host's network they are copies of the host's files, plus what the user added.

import WharfBlocking
import WharfDockerAPI
import WharfError
import WharfLinux
import WharfLogs

/// The three files as texts.
struct ContainerNetworkFiles: Sendable, Equatable {
    var hostname: String
    var hosts: String
    var resolvConf: String

    /// - Parameters:
    ///   - hostHosts, hostResolvConf: the host's files, which the host's network mode copies and others take servers from.
    init(_ record: ContainerRecord, hostHosts: String, hostResolvConf: String) {
        let config = record.config
        let usesHost = record.hostConfig.networkMode == "host"
        hostname = config.hostname + "\n"
        hosts = usesHost ? Self.endingInNewline(hostHosts) : Self.localHosts
        for entry in record.hostConfig.extraHosts ?? [] {
            guard let (name, address) = Self.split(extraHost: entry) else { continue }
            hosts += "\(address)\t\(name)\n"
        }
        if !usesHost { hosts += Self.ownName(config) }
        resolvConf = Self.resolvConf(record.hostConfig, host: hostResolvConf, usesHost: usesHost)
    }

    private static let localHosts = """
        127.0.0.1\tlocalhost
        ::1\tlocalhost ip6-localhost ip6-loopback
        fe00::\tip6-localnet
        ff00::\tip6-mcastprefix
        ff02::1\tip6-allnodes
        ff02::2\tip6-allrouters

        """

    /// `127.0.0.1 a.b.example a`: without a network the container still finds itself.
    private static func ownName(_ config: ContainerConfig) -> String {
        guard !config.hostname.isEmpty else { return "" }
        let full = config.domainname.isEmpty ? config.hostname : "\(config.hostname).\(config.domainname)"
        let short = full.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1).first.flatMap { String(Substring($0)) } ?? full
        return short == full ? "127.0.0.1\t\(full)\n" : "127.0.0.1\t\(full) \(short)\n"
    }

    private static func endingInNewline(_ text: String) -> String {
        text.isEmpty || text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n"
    }

    /// `name:address` or `name=address`; IPv6 addresses may stand in brackets.
    static func split(extraHost entry: String) -> (name: String, address: String)? {
        guard let separator = entry.utf8.firstIndex(where: { $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "=") }) else { return nil }
        let name = String(entry[..<separator])
        var address = String(entry[entry.utf8.index(after: separator)...])
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        return name.isEmpty || address.isEmpty ? nil : (name, address)
    }

    /// What the user set replaces the host's lines of that kind.
    private static func resolvConf(_ config: HostConfig, host: String, usesHost: Bool) -> String {
        let servers = config.dns ?? []
        let search = config.dnsSearch ?? []
        let options = config.dnsOptions ?? []
        if servers.isEmpty, search.isEmpty, options.isEmpty { return endingInNewline(host) }
        var lines: [String] = []
        for line in host.split(separator: "\n") {
            let word = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).first.map(String.init) ?? ""
            switch word {
            case "nameserver" where servers.isEmpty: lines.append(String(line))
            case "search", "domain": if search.isEmpty { lines.append(String(line)) }
            case "options" where options.isEmpty: lines.append(String(line))
            default: break
            }
        }
        lines += servers.map { "nameserver \($0)" }
        // "." alone means: no search list at all.
        if !search.isEmpty, search != ["."] { lines.append("search " + search.joined(separator: " ")) }
        if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Containers {
    /// Writes the three files for a start, and the copy of the record beside them.
    func writeFiles(_ record: ContainerRecord) async throws {
        let log = logFiles(record)
        try await blocking.own { [directory] in
            let files = ContainerNetworkFiles(
                record, hostHosts: Self.hostFile("/etc/hosts"), hostResolvConf: Self.hostFile("/etc/resolv.conf"))
            do throws(SyscallError) {
                try directory.hostname(record.id).writeAtomically(Array(files.hostname.utf8), durable: false)
                try directory.hosts(record.id).writeAtomically(Array(files.hosts.utf8), durable: false)
                try directory.resolvConf(record.id).writeAtomically(Array(files.resolvConf.utf8), durable: false)
                try directory.keep(record)
                // local has a folder of its own.
                if let log, log.format == .local { try log.path.parent.mkdir(permissions: 0o710) }
            } catch {
                throw WharfError(nil, "files of container \(record.id)", error)
            }
        }
    }

    /// A small file of the host; empty where it is missing, as a host without names is still a host.
    private static func hostFile(_ path: String) -> String {
        guard let bytes = try? HostPath(path).read(limit: 1 << 20) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
