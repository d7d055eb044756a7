// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// One server that can answer for a registry: the registry itself or a mirror of it, and how to speak to it.

internal import WharfHTTP
internal import WharfOutbound

/// A server of the distribution API.
struct RegistryHost: Sendable {
    enum Ability: Sendable, Hashable {
        case resolve
        case pull
        case push
    }

    /// The address that paths are put behind: `https://localhost:5000/v2`.
    let base: WebURL
    /// Whether it is the registry that the name says. Only it gets credentials.
    let isOrigin: Bool
    var abilities: Set<Ability> = [.resolve, .pull, .push]
    var trust = OutboundTrust.system
    /// Fields that every request carries.
    var headers: [(name: String, value: String)] = []
    var connectTime: Duration?

    /// `localhost:5000`.
    var name: String { base.authority }

    /// Whether plain HTTP and unproven hosts are good enough here, for redirects and token services too.
    var isInsecure: Bool { base.scheme == .http || !trust.verifies }

    /// `path` begins with a slash.
    func url(_ path: String) -> WebURL { base.with(target: base.target + path) }
}

/// Names that Docker gives to registries.
enum RegistryNames {
    static let hub = "docker.io"
    /// Where Docker Hub's API is.
    static let hubHost = "registry-1.docker.io"
    /// Where Docker Hub's search is.
    static let hubIndex = "index.docker.io"

    /// The server of a domain.
    static func host(of domain: String) -> String { domain.utf8.elementsEqual(hub.utf8) ? hubHost : domain }

    /// The domain of what a login was given: `https://index.docker.io/v1/`, `https://host/v1/`, `host:port` or nothing.
    static func domain(ofServer server: String) -> String {
        var rest = server.utf8[...]
        for scheme in ["https://", "http://"] where rest.starts(with: scheme.utf8) { rest = rest.dropFirst(scheme.utf8.count) }
        let domain = String(Substring(rest.prefix { $0 != UInt8(ascii: "/") }))
        return domain.isEmpty || domain == hubIndex || domain == hubHost ? hub : domain
    }
}
