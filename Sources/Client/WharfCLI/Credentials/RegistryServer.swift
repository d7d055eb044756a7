// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The names under which credentials are kept: a registry's host and port, and for Docker Hub a URL out of its history.

import WharfDockerAPI

/// Names of registries.
enum RegistryServer {
    /// Docker Hub's.
    static let hub = "https://index.docker.io/v1/"

    private static let hubHosts: Set<String> = ["docker.io", "index.docker.io", "registry-1.docker.io"]

    /// The key for what a user wrote: `reg.example:5000`, `https://reg.example/v2/`; empty means Docker Hub.
    static func key(_ text: String) -> String {
        let host = hostname(text)
        return host.isEmpty || hubHosts.contains(host) ? hub : host
    }

    /// Without scheme and path.
    static func hostname(_ text: String) -> String {
        var rest = Substring(text)
        for scheme in ["http://", "https://"] where rest.hasPrefix(scheme) { rest = rest.dropFirst(scheme.utf8.count) }
        return String(rest.prefix { $0 != "/" })
    }
}

extension ImageName {
    /// The registry in front of the name; nil for Docker Hub.
    var registryHost: String? {
        guard let slash = repository.firstIndex(of: "/") else { return nil }
        let first = repository[..<slash]
        let isHost =
            first.contains(".") || first.contains(":") || first == "localhost"
            || first.utf8.contains { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
        return isHost ? String(first) : nil
    }

    /// With registry: `docker.io/library/busybox`.
    var fullRepository: String {
        registryHost != nil ? repository : repository.contains("/") ? "docker.io/\(repository)" : "docker.io/library/\(repository)"
    }

    /// With registry, tag and digest.
    var fullName: String { fullRepository + (tag.isEmpty ? "" : ":\(tag)") + (digest.isEmpty ? "" : "@\(digest)") }
}

extension Invocation {
    /// Where credentials are.
    var credentials: CredentialStore { CredentialStore(config, console: console) }

    /// The credentials for an image's registry.
    func auth(for name: ImageName) async -> AuthConfig { await credentials.auth(for: RegistryServer.key(name.registryHost ?? "")) }
}
