// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// The options about networks: which to join and how, extra names, addresses.

import Glibc
import WharfDockerAPI

/// Reads network options.
enum NetworkSpecs {
    /// A network to join, and how.
    struct Attachment: Sendable {
        let name: String
        var endpoint = EndpointSettings()
    }

    /// Whether this is an IPv4 or IPv6 address.
    static func isAddress(_ text: String) -> Bool {
        var buffer = in6_addr()
        let plain = String(text.prefix { $0 != "%" })
        return inet_pton(AF_INET, plain, &buffer) == 1 || inet_pton(AF_INET6, plain, &buffer) == 1
    }

    /// `host:ip`, `host=ip`, `host:[v6]`; the address may be `host-gateway`.
    static func checkExtraHost(_ text: String) throws(InvalidValue) -> String {
        let separator: Character = text.contains("=") ? "=" : ":"
        let parts = text.split(separator: separator, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw InvalidValue(reason: "bad format for add-host: \(quoted(text))")
        }
        var address = parts[1]
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard address == "host-gateway" || isAddress(address) else {
            throw InvalidValue(reason: "invalid IP address in add-host: \(quoted(parts[1]))")
        }
        return "\(parts[0]):\(address)"
    }

    /// The mode of the host configuration, and an endpoint for each network.
    static func endpoints(_ call: Invocation) throws -> (mode: String, networking: NetworkingConfig) {
        let given = call[ContainerFlags.network]
        var endpoints: [String: EndpointSettings?] = [:]
        var mode = ""
        for (index, attachment) in (given.isEmpty ? [Attachment(name: "default")] : given).enumerated() {
            let name = attachment.name
            var endpoint = attachment.endpoint
            guard !name.isEmpty else { throw ExitError("no name set for network") }
            if index == 0 {
                mode = name
                apply(call, to: &endpoint)
            }
            guard endpoints[name] == nil else { throw ExitError("network \(quoted(name)) is specified multiple times") }
            // One network without any setting is said by the mode alone.
            if given.count != 1 || endpoint != EndpointSettings() { endpoints[name] = endpoint }
            if !isUserDefined(name), endpoint.aliases?.isEmpty == false {
                throw ExitError("network-scoped aliases are only supported for user-defined networks")
            }
        }
        let kinds = endpoints.keys.map(isUserDefined)
        if kinds.contains(true), kinds.contains(false) {
            throw ExitError("conflicting options: cannot attach both user-defined and non-user-defined network-modes")
        }
        return (mode, NetworkingConfig(endpointsConfig: endpoints))
    }

    private static func isUserDefined(_ name: String) -> Bool {
        !["default", "bridge", "host", "none"].contains(name) && !name.hasPrefix("container:")
    }

    /// The single options belong to the first network.
    private static func apply(_ call: Invocation, to endpoint: inout EndpointSettings) {
        let aliases = call[ContainerFlags.networkAlias]
        if !aliases.isEmpty { endpoint.aliases = (endpoint.aliases ?? []) + aliases }
        let links = call[ContainerFlags.link]
        if !links.isEmpty { endpoint.links = links }
        if !call[ContainerFlags.macAddress].isEmpty { endpoint.macAddress = call[ContainerFlags.macAddress] }
        let (ip, ip6, local) = (call[ContainerFlags.ip], call[ContainerFlags.ip6], call[ContainerFlags.linkLocalIP])
        guard !ip.isEmpty || !ip6.isEmpty || !local.isEmpty else { return }
        var ipam = endpoint.ipamConfig ?? EndpointIPAMConfig()
        if !ip.isEmpty { ipam.ipv4Address = ip }
        if !ip6.isEmpty { ipam.ipv6Address = ip6 }
        if !local.isEmpty { ipam.linkLocalIPs = local }
        endpoint.ipamConfig = ipam
    }

    /// `NAME`, or `name=NAME,alias=a,ip=…,driver-opt=k=v`.
    static let advanced: @Sendable (String) throws(InvalidValue) -> Attachment = { spec throws(InvalidValue) in
        guard spec.contains("=") else { return Attachment(name: spec) }
        var endpoint = EndpointSettings()
        var name = ""
        for field in CommaFields.split(spec) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw InvalidValue(reason: "invalid field \(field)") }
            let value = parts[1]
            switch parts[0].lowercased() {
            case "name": name = value
            case "alias": endpoint.aliases = (endpoint.aliases ?? []) + [value]
            case "ip": endpoint.ipamConfig = with(endpoint.ipamConfig) { $0.ipv4Address = value }
            case "ip6": endpoint.ipamConfig = with(endpoint.ipamConfig) { $0.ipv6Address = value }
            case "link-local-ip": endpoint.ipamConfig = with(endpoint.ipamConfig) { $0.linkLocalIPs = ($0.linkLocalIPs ?? []) + [value] }
            case "mac-address": endpoint.macAddress = value
            case "driver-opt": endpoint.driverOpts = (endpoint.driverOpts ?? [:]).merging(EnvironmentFile.map([value])) { $1 }
            case "gw-priority":
                guard let priority = Int(value) else {
                    throw InvalidValue(reason: "invalid gw-priority (\(value)): value must be an integer")
                }
                endpoint.gwPriority = priority
            default: throw InvalidValue(reason: "invalid field key \(parts[0])")
            }
        }
        guard !name.isEmpty else { throw InvalidValue(reason: "network name/id is not specified") }
        return Attachment(name: name, endpoint: endpoint)
    }

    private static func with(_ config: EndpointIPAMConfig?, _ change: (inout EndpointIPAMConfig) -> Void) -> EndpointIPAMConfig {
        var copy = config ?? EndpointIPAMConfig()
        change(&copy)
        return copy
    }
}
