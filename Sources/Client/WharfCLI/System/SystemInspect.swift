// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The Wharf authors
//
// `wharf inspect`: any object by name. The kinds are tried one after the other.

import WharfClient
import WharfJSON

/// Shows objects of any kind.
enum SystemInspect {
    static let type = Flag.text("type", nil, "Only inspect objects of the given type")

    private static let kinds = [
        "config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume",
    ]

    static let command = Command(
        name: "inspect", usage: "[OPTIONS] NAME|ID [NAME|ID...]", summary: "Return low-level information on Wharf objects",
        operands: .atLeast(1), flags: [ObjectFormat.format, ObjectFormat.size, type]
    ) { call in
        let kind = call[type]
        if call.isSet(type), kind.isEmpty { throw ExitError("type is empty: must be one of \(list)") }
        guard kind.isEmpty || kinds.contains(kind) else { throw ExitError("unknown type: \(quoted(kind)): must be one of \(list)") }
        return try await ObjectFormat.show(call) { name in try await find(name, kind, call) }
    }

    private static var list: String { kinds.map(quoted).joined(separator: ", ") }

    private static func find(_ name: String, _ kind: String, _ call: Invocation) async throws -> JSONValue {
        let client = call.client
        switch kind {
        case "container": return try await client.containerDocument(name, size: call[ObjectFormat.size])
        case "image": return try await client.imageDocument(name)
        case "": break
        default: return try await client.objectDocument(kind: kind, name)
        }
        let finders: [(String) async throws -> JSONValue] = [
            { try await client.containerDocument($0, size: call[ObjectFormat.size]) }, { try await client.imageDocument($0) },
        ]
        for find in finders {
            do { return try await find(name) } catch let error as DaemonError where error.isNotFound { continue }
        }
        throw ExitError("Error: No such object: \(name)")
    }
}
