// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Which servers answer for a registry, in the order in which they are tried: from the daemon's settings and the administrator's
// folders of certificates. Read anew for each session, as Docker does, so that a new certificate needs no restart.

internal import Synchronization
internal import WharfError
internal import WharfHTTP
internal import WharfOutbound

/// The rules of one client.
final class HostSelection: Sendable {
    private let settings: RegistrySettings
    /// What registries that may be plain HTTP turned out to be, so that the other way is not tried each time.
    private let schemes = Mutex<[String: WebURL.Scheme]>([:])

    init(_ settings: RegistrySettings) { self.settings = settings }

    /// The servers of a domain. Throws `invalidArgument` for files and settings that can't be used.
    func hosts(for domain: String) async throws(WharfError) -> [RegistryHost] {
        let host = RegistryNames.host(of: domain)
        let isHub = domain.utf8.elementsEqual(RegistryNames.hub.utf8)
        let folder = try await folder(isHub ? [domain, host] : [domain])
        if let folder, let file = folder.files.first(where: { $0.name == "hosts.toml" }) {
            return try await hosts(of: file.bytes, host, in: folder)
        }
        var hosts: [RegistryHost] = []
        if isHub {
            for mirror in settings.mirrors { hosts += try await self.mirror(mirror) }
        }
        return hosts + (try await origin(host, folder))
    }

    /// Whether a server may be plain HTTP or have any certificate. Networks match registries that are named by address.
    func isInsecure(_ authority: String) -> Bool {
        guard let url = WebURL(.https, authority: authority) else { return false }
        let address = IPAddress(url.host)
        if url.host.utf8.elementsEqual("localhost".utf8) || address?.isLoopback == true { return true }
        return settings.insecureRegistries.contains { entry in
            if let network = IPNetwork(entry) { return address.map(network.contains) ?? false }
            guard let other = WebURL(.https, authority: entry) else { return false }
            return other.isSameOrigin(as: url)
        }
    }

    /// Whom to trust at a place that a registry redirects to.
    func trust(at url: WebURL) async throws(WharfError) -> OutboundTrust {
        var trust = try await Self.trust(folder([url.authority]))
        if isInsecure(url.authority) { trust.verifies = false }
        return trust
    }

    /// Notes that a server that may be plain HTTP has answered.
    func answered(_ host: RegistryHost) {
        if host.isInsecure { schemes.withLock { $0[host.name] = host.base.scheme } }
    }

    // MARK: Docker's settings

    private func origin(_ authority: String, _ folder: Folder?) async throws(WharfError) -> [RegistryHost] {
        try variants(authority, path: "/v2", isOrigin: true, try Self.trust(folder))
    }

    private func mirror(_ address: String) async throws(WharfError) -> [RegistryHost] {
        guard let url = WebURL(address) else {
            throw WharfError(.invalidArgument, "the registry mirror \"\(address)\" is not an http:// or https:// address")
        }
        var path = url.path
        while path.utf8.last == UInt8(ascii: "/") { path.removeLast() }
        let trust = try await Self.trust(folder([url.authority]))
        if url.scheme == .http {
            return [RegistryHost(base: url.with(target: path + "/v2"), isOrigin: false, abilities: [.resolve, .pull], trust: trust)]
        }
        return try variants(url.authority, path: path + "/v2", isOrigin: false, trust)
    }

    /// https, and for insecure registries then http; first what answered last time.
    private func variants(_ authority: String, path: String, isOrigin: Bool, _ trust: OutboundTrust) throws(WharfError) -> [RegistryHost] {
        guard let secure = WebURL(.https, authority: authority, target: path),
            let plain = WebURL(.http, authority: authority, target: path)
        else { throw WharfError(.invalidArgument, "\"\(authority)\" is not the name of a registry") }
        let abilities: Set<RegistryHost.Ability> = isOrigin ? [.resolve, .pull, .push] : [.resolve, .pull]
        var trust = trust
        guard isInsecure(authority) else {
            return [RegistryHost(base: secure, isOrigin: isOrigin, abilities: abilities, trust: trust)]
        }
        trust.verifies = false
        let both = [secure, plain].map { RegistryHost(base: $0, isOrigin: isOrigin, abilities: abilities, trust: trust) }
        let isPlain = schemes.withLock { $0[plain.authority] } == .http
        return isPlain ? both.reversed() : both
    }

    // MARK: hosts.toml

    private func hosts(of bytes: [UInt8], _ host: String, in folder: Folder) async throws(WharfError) -> [RegistryHost] {
        let file: HostsFile
        do {
            file = try HostsFile.parse(bytes, host: host)
        } catch {
            throw WharfError(error.code, "\(folder.path)/hosts.toml: \(error.message)", cause: error)
        }
        var hosts: [RegistryHost] = []
        for entry in file.entries + [file.server] {
            let isOrigin = entry.url.isSameOrigin(as: file.server.url)
            var trust = OutboundTrust(verifies: !entry.skipsVerification)
            for name in entry.authorities { trust.roots.append(try await Self.read(name, folder)) }
            if let client = entry.client {
                trust.clientChain = try await Self.read(client.chain, folder)
                trust.clientKey = try await Self.read(client.key, folder)
            }
            hosts.append(
                RegistryHost(
                    base: entry.url, isOrigin: isOrigin, abilities: entry.abilities, trust: trust, headers: entry.headers,
                    connectTime: entry.connectTime))
        }
        return hosts
    }

    private static func read(_ name: String, _ folder: Folder) async throws(WharfError) -> [UInt8] {
        if let file = folder.files.first(where: { $0.name == name }) { return file.bytes }
        return try await TrustFiles.read(file: name.utf8.first == UInt8(ascii: "/") ? name : "\(folder.path)/\(name)")
    }

    // MARK: Folders

    /// A registry's folder with the files that may matter.
    private struct Folder {
        let path: String
        let files: [(name: String, bytes: [UInt8])]
    }

    private func folder(_ names: [String]) async throws(WharfError) -> Folder? {
        for parent in settings.certificateFolders {
            for name in names {
                // A domain has no slash and is not "..": the grammar of references says so, and that of addresses.
                let path = "\(parent)/\(name)"
                let wanted: @Sendable (String) -> Bool = { name in
                    name == "hosts.toml"
                        || [".crt", ".cert", ".key", ".pem"].contains { name.utf8.reversed().starts(with: $0.utf8.reversed()) }
                }
                if let files = try await TrustFiles.read(folder: path, wanted: wanted) { return Folder(path: path, files: files) }
            }
        }
        return nil
    }

    /// Docker's layout: `*.crt` are authorities, `x.cert` with `x.key` is the client's.
    private static func trust(_ folder: Folder?) throws(WharfError) -> OutboundTrust {
        var trust = OutboundTrust.system
        guard let folder else { return trust }
        for (name, bytes) in folder.files {
            if name.hasSuffix(".crt") { trust.roots.append(bytes) }
            guard name.hasSuffix(".cert") else { continue }
            let keyName = String(name.dropLast(5)) + ".key"
            guard let key = folder.files.first(where: { $0.name == keyName }) else {
                throw WharfError(
                    .invalidArgument,
                    "missing key \(keyName) for client certificate \(name) in \(folder.path): CA certificates must use the extension .crt")
            }
            if trust.clientChain.isEmpty { (trust.clientChain, trust.clientKey) = (bytes, key.bytes) }
        }
        return trust
    }
}
