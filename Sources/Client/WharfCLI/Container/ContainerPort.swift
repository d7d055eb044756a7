// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf port`: where a container's ports are published.

import WharfClient
import WharfDockerAPI

/// Shows published ports.
enum ContainerPort {
    static let command = Command(
        name: "port", usage: "CONTAINER [PRIVATE_PORT[/PROTO]]", summary: "List port mappings or a specific mapping for the container",
        aliases: ["wharf container port", "wharf port"], operands: .between(1, 2)
    ) { call in
        let name = call.operands[0]
        let ports = try await call.client.container(name).networkSettings.ports
        guard call.operands.count == 2 else {
            let lines = ports.flatMap { port, bindings in (bindings ?? []).map { "\(port) -> \(address($0))" } }
            for line in lines.sorted(by: isBefore) { call.console.line(line) }
            return 0
        }
        let wanted = call.operands[1]
        let parts = wanted.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let port = parts.first, UInt16(port) != nil, port.utf8.allSatisfy(isDigit) else {
            let text = quoted(parts.first ?? "")
            throw ExitError("Error: invalid port (\(parts.first ?? "")): strconv.ParseUint: parsing \(text): invalid syntax")
        }
        let key = "\(port)/\(parts.count == 2 && !parts[1].isEmpty ? parts[1] : "tcp")"
        guard let bindings = ports[key] ?? nil, !bindings.isEmpty else {
            throw ExitError("Error: No public port '\(wanted)' published for \(name)")
        }
        for line in bindings.map(address).sorted(by: isBefore) { call.console.line(line) }
        return 0
    }

    private static func address(_ binding: PortBinding) -> String {
        binding.hostIP.contains(":") ? "[\(binding.hostIP)]:\(binding.hostPort)" : "\(binding.hostIP):\(binding.hostPort)"
    }

    /// Numbers in texts by their value: 80 stands before 443.
    static func isBefore(_ left: String, _ right: String) -> Bool {
        var (left, right) = (left.utf8[...], right.utf8[...])
        while let one = left.first, let two = right.first {
            if isDigit(one), isDigit(two) {
                let (first, second) = (left.prefix(while: isDigit), right.prefix(while: isDigit))
                let (a, b) = (first.drop { $0 == 0x30 }, second.drop { $0 == 0x30 })
                if a.count != b.count { return a.count < b.count }
                if !a.elementsEqual(b) { return a.lexicographicallyPrecedes(b) }
                (left, right) = (left[first.endIndex...], right[second.endIndex...])
            } else {
                if one != two { return one < two }
                (left, right) = (left.dropFirst(), right.dropFirst())
            }
        }
        return left.isEmpty && !right.isEmpty
    }
}
