// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// What the configuration file says about registries and transfers, in dockerd's keys, and the settings that come of it.

import Glibc
import WharfError
import WharfHTTP
import WharfOutbound
import WharfImages
import WharfJSON
import WharfRegistryClient

/// The keys of daemon.json for registries; nil is not in it.
struct RegistryKeys: Equatable {
    var mirrors: [String]?
    var insecure: [String]?
    var concurrentDownloads: Int?
    var concurrentUploads: Int?
    var attempts: Int?
    var httpProxy: String?
    var httpsProxy: String?
    var noProxy: String?

    static let names: Set<String> = [
        "registry-mirrors", "insecure-registries", "max-concurrent-downloads", "max-concurrent-uploads", "max-download-attempts",
        "proxies",
    ]

    /// - Throws: `invalidArgument` for a wrong type or a number that makes no sense.
    mutating func take(_ member: JSONObject.Member) throws(WharfError) {
        switch member.key {
        case "registry-mirrors": mirrors = try ConfigurationFile.texts(member).map(Self.mirror)
        case "insecure-registries": insecure = try ConfigurationFile.texts(member)
        case "max-concurrent-downloads": concurrentDownloads = try Self.count(member)
        case "max-concurrent-uploads": concurrentUploads = try Self.count(member)
        case "max-download-attempts": attempts = try Self.count(member)
        default: try takeProxies(member)
        }
    }

    private mutating func takeProxies(_ member: JSONObject.Member) throws(WharfError) {
        guard let object = member.value.object else { throw WharfError(.invalidArgument, "\(member.key): an object is expected") }
        for proxy in object.members {
            switch proxy.key {
            case "http-proxy": httpProxy = try ConfigurationFile.text(proxy)
            case "https-proxy": httpsProxy = try ConfigurationFile.text(proxy)
            case "no-proxy": noProxy = try ConfigurationFile.text(proxy)
            default: throw WharfError(.invalidArgument, "\(member.key): unknown key \(proxy.key)")
            }
        }
    }

    private static func count(_ member: JSONObject.Member) throws(WharfError) -> Int {
        guard let number = member.value.int else { throw WharfError(.invalidArgument, "\(member.key): a number is expected") }
        return number
    }

    /// Numbers of flags and file alike. - Throws: `invalidArgument` for one that makes no sense.
    func check() throws(WharfError) {
        let numbers = [
            ("max-concurrent-downloads", concurrentDownloads), ("max-concurrent-uploads", concurrentUploads),
            ("max-download-attempts", attempts),
        ]
        for case (let name, let number?) in numbers where !(1...1000).contains(number) {
            throw WharfError(.invalidArgument, "invalid \(name): \(number) is not a number from 1 to 1000")
        }
    }

    /// dockerd's rules for a mirror's address.
    static func mirror(_ text: String) throws(WharfError) -> String {
        let isAddress = ["http://", "https://"].contains { text.utf8.starts(with: $0.utf8) && text.utf8.count > $0.utf8.count }
        guard isAddress, !text.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") || $0 <= 0x20 }) else {
            throw WharfError(.invalidArgument, "invalid mirror: \"\(text)\" is no address with http:// or https://")
        }
        return text
    }

    /// For the client of registries. Proxies of the process's environment count where the file names none.
    func registrySettings(version: String) -> RegistrySettings {
        var settings = RegistrySettings()
        settings.mirrors = mirrors ?? []
        settings.insecureRegistries = insecure ?? []
        if let attempts { settings.retries.attempts = attempts }
        settings.userAgent = "wharf/\(version)"
        // For tests, which have no half minute to wait for a silent registry (docs/faults.md).
        if let seconds = getenv("WHARF_REGISTRY_PATIENCE").flatMap({ Int(String(cString: $0)) }), seconds > 0 {
            (settings.stallTime, settings.answerTime) = (.seconds(seconds), .seconds(seconds))
        }
        var environment: [String: String] = [:]
        for name in ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"].flatMap({ [$0, $0.lowercased()] }) {
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        let inherited = ProxySettings(environment: environment)
        settings.proxies = ProxySettings(
            http: httpProxy ?? inherited.http, https: httpsProxy ?? inherited.https, no: noProxy ?? inherited.no)
        return settings
    }

    /// For the image store.
    var imageSettings: ImageSettings {
        var settings = ImageSettings()
        if let concurrentDownloads { settings.concurrentDownloads = concurrentDownloads }
        if let concurrentUploads { settings.concurrentUploads = concurrentUploads }
        return settings
    }
}
