// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// Published and exposed ports: `[[ip:]hostPort[-end]:]containerPort[-end][/proto]`.

import WharfDockerAPI

/// Reads `-p` and `--expose`.
enum PortSpecs {
    /// What the options make of a container's ports.
    struct Result: Equatable {
        var exposed: [String: EmptyObject] = [:]
        var bindings: [String: [PortBinding]?] = [:]
    }

    /// Throws docker's refusals.
    static func parse(publish: [String], expose: [String]) throws -> Result {
        var result = Result()
        for spec in publish {
            for (port, binding) in try published(spec) {
                result.exposed[port] = EmptyObject()
                result.bindings[port] = ((result.bindings[port] ?? nil) ?? []) + [binding]
            }
        }
        for spec in expose {
            let parts = spec.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let transport = parts.count == 2 ? parts[1] : "tcp"
            guard !spec.contains(":") else { throw ExitError("invalid port format for --expose: \(spec)") }
            guard let range = range(parts[0]) else { throw ExitError("invalid range format for --expose: \(spec)") }
            for port in range { result.exposed["\(port)/\(transport)"] = EmptyObject() }
        }
        return result
    }

    private static func published(_ spec: String) throws -> [(String, PortBinding)] {
        if spec.contains("=") { return [try longForm(spec)] }
        let slash = spec.lastIndex(of: "/")
        let transport = slash.map { String(spec[spec.index(after: $0)...]).lowercased() } ?? "tcp"
        let (address, host, inside) = split(slash.map { String(spec[..<$0]) } ?? spec)
        if inside.isEmpty { throw ExitError("no port specified: \(spec)<empty>") }
        guard ["tcp", "udp", "sctp"].contains(transport) else { throw ExitError("invalid proto: \(transport)") }
        guard let ports = range(inside) else { throw ExitError("invalid containerPort: \(inside)") }
        if !address.isEmpty, !NetworkSpecs.isAddress(address) { throw ExitError("invalid IP address: \(address)") }
        if host.isEmpty { return ports.map { ("\($0)/\(transport)", PortBinding(hostIP: address, hostPort: "")) } }
        guard let hostPorts = range(host) else { throw ExitError("invalid hostPort: \(host)") }
        if ports.count == 1, hostPorts.count > 1 {
            return [("\(ports.lowerBound)/\(transport)", PortBinding(hostIP: address, hostPort: host))]
        }
        guard ports.count == hostPorts.count else {
            throw ExitError("invalid ranges specified for container and host Ports: \(inside) and \(host)")
        }
        return zip(ports, hostPorts).map { ("\($0)/\(transport)", PortBinding(hostIP: address, hostPort: String($1))) }
    }

    /// `target=80,published=8080,protocol=tcp`
    private static func longForm(_ spec: String) throws -> (String, PortBinding) {
        var (target, transport, host) = ("", "tcp", "")
        for field in CommaFields.split(spec) {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw ExitError("invalid field: \(field)") }
            switch parts[0].lowercased() {
            case "target": target = parts[1]
            case "published": host = parts[1]
            case "protocol": transport = parts[1].lowercased()
            case "mode": break
            default: throw ExitError("invalid field key: \(parts[0])")
            }
        }
        guard let port = range(target), port.count == 1 else {
            throw ExitError("invalid target port (\(target)): value must be an integer")
        }
        guard host.isEmpty || range(host) != nil else { throw ExitError("invalid published port (\(host)): value must be an integer") }
        return ("\(target)/\(transport)", PortBinding(hostIP: "", hostPort: host))
    }

    /// Address, host port and container port; an IPv6 address stands in brackets.
    private static func split(_ text: String) -> (address: String, host: String, inside: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        switch parts.count {
        case 1: return ("", "", parts[0])
        case 2: return ("", parts[0], parts[1])
        default:
            var address = parts.dropLast(2).joined(separator: ":")
            if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
            return (address, parts[parts.count - 2], parts[parts.count - 1])
        }
    }

    /// `80`, `80-90`
    private static func range(_ text: String) -> ClosedRange<Int>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let low = UInt16(parts[0]), let high = parts.count == 2 ? UInt16(parts[1]) : low, low <= high
        else { return nil }
        return Int(low)...Int(high)
    }
}
