// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Credentials of registries: in the user's configuration, or with a helper program that the configuration names.

import WharfDockerAPI
import WharfJSON

/// Finds and keeps credentials.
struct CredentialStore: Sendable {
    private let config: ClientConfig
    private let console: Console

    /// The store of a configuration.
    init(_ config: ClientConfig, console: Console) {
        self.config = config
        self.console = console
    }

    /// What is known for a registry (as `RegistryServer.key`); empty when nothing is. A helper that fails is told on stderr, and
    /// the registry is asked without credentials.
    func auth(for server: String) async -> AuthConfig {
        guard let helper = helper(for: server) else { return stored(for: server) }
        do {
            if let auth = try await helper.get(server) { return auth }
        } catch {
            console.error("WARNING: Error getting credentials - err: \(error)")
        }
        return AuthConfig()
    }

    /// Keeps credentials under their server address.
    func store(_ auth: AuthConfig) async throws {
        var config = config
        do {
            guard let helper = helper(for: auth.serverAddress) else {
                if config.problem == nil, stored(for: auth.serverAddress) == auth { return }
                try config.setAuth(Self.entry(auth), for: auth.serverAddress)
                return console.error(
                    """

                    WARNING! Your credentials are stored unencrypted in '\(config.path)'.
                    Configure a credential helper to remove this warning. See
                    https://docs.docker.com/go/credential-store/

                    """)
            }
            do { try await helper.store(auth) } catch { throw ExitError("error storing credentials - err: \(error)") }
            // The names of registries stay in the file: docker's other tools list them from there.
            try config.setAuth(.object(JSONObject()), for: auth.serverAddress)
        } catch {
            throw ExitError("Error saving credentials: \(error)")
        }
    }

    /// Forgets a registry's credentials; no error when there are none.
    func erase(_ server: String) async throws {
        var config = config
        if let helper = helper(for: server) { try await helper.erase(server) }
        try config.setAuth(nil, for: server)
    }

    private func helper(for server: String) -> CredentialHelper? {
        config.helper(for: server).map { CredentialHelper(name: $0, console: console) }
    }

    // MARK: The file

    private func stored(for server: String) -> AuthConfig {
        guard let auths = config.document["auths"]?.object else { return AuthConfig() }
        if let entry = auths[server] { return read(entry, server) }
        // Old files name a registry by a URL.
        let host = RegistryServer.hostname(server)
        for member in auths.members where RegistryServer.hostname(member.key) == host { return read(member.value, member.key) }
        return AuthConfig()
    }

    private func read(_ entry: JSONValue, _ server: String) -> AuthConfig {
        var auth = AuthConfig()
        auth.username = entry["username"]?.string ?? ""
        auth.password = entry["password"]?.string ?? ""
        auth.identityToken = entry["identitytoken"]?.string ?? ""
        auth.registryToken = entry["registrytoken"]?.string ?? ""
        if let text = entry["auth"]?.string, !text.isEmpty {
            let bytes = Base64Bytes(lenient: text)?.bytes ?? []
            if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
                auth.username = String(decoding: bytes[..<colon], as: UTF8.self)
                // Old versions of docker padded with zero bytes.
                let secret = bytes[(colon + 1)...]
                let end = secret.lastIndex { $0 != 0 }.map { $0 + 1 } ?? secret.startIndex
                auth.password = String(decoding: secret[..<end], as: UTF8.self)
            } else {
                console.error("WARNING: the credentials of \(server) in \(config.path) can't be read")
            }
        }
        if auth != AuthConfig() { auth.serverAddress = server }
        return auth
    }

    /// `{"auth":"…","identitytoken":"…"}`
    private static func entry(_ auth: AuthConfig) -> JSONValue {
        var entry = JSONObject()
        if !auth.username.isEmpty || !auth.password.isEmpty {
            entry.append("auth", .string(Base64Bytes(Array("\(auth.username):\(auth.password)".utf8)).text))
        }
        if !auth.identityToken.isEmpty { entry.append("identitytoken", .string(auth.identityToken)) }
        if !auth.registryToken.isEmpty { entry.append("registrytoken", .string(auth.registryToken)) }
        return .object(entry)
    }
}
